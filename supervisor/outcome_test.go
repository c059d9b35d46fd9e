//go:build linux

package supervisor

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// savedIn is what the supervisor of dir has written down of a service.
func savedIn(t *testing.T, dir, name string) statefile.Service {
	t.Helper()
	var s statefile.State
	if text, err := os.ReadFile(dirsIn(dir).StateFile()); err == nil && json.Unmarshal(text, &s) != nil {
		t.Fatalf("the state file is %s", text)
	}
	return s.Services[name]
}

// order has the supervisor that is to be torn away do something with a service.
func order(t *testing.T, dir, what, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, what), []byte(name), 0o600); err != nil {
		t.Fatal(err)
	}
}

// once is a service that writes a line into a file each time it runs.
func once(dir, command string) configs.Service {
	s := exe("task", "unused")
	s.Exec = []string{"/bin/sh", "-c", "echo ran >> " + filepath.Join(dir, "ran") + "; " + command}
	s.Port = -1
	return s
}

func ran(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "ran"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// A task that is done is not done again because the supervisor was killed, and
// what comes after it does not wait for it.
func TestATaskThatWasDoneIsNotDoneAgainByTheNextSupervisor(t *testing.T) {
	dir := shortFolder(t)
	task, after := once(dir, "exit 0"), exe("web", "serve")
	task.Oneshot, after.Requires = true, []string{"task"}
	services := []configs.Service{task, after}
	was := crashed(t, dir, services, func(list []api.Service) bool {
		return len(list) == 2 && list[0].State == api.Done && list[1].State == api.Ready && savedIn(t, dir, "task").Completed
	})
	if err := syscall.Kill(was["web"].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r := newRigIn(t, dir, services...)
	r.waitState("web", api.Ready)
	if now := r.service("task"); now.State != api.Done || !strings.Contains(now.Reason, "exit status 0") {
		t.Errorf("it is %+v", now)
	}
	if n := ran(t, dir); n != 1 {
		t.Errorf("it ran %d times", n)
	}
	if err := r.Start(r.ctx(), "task"); err != nil {
		t.Error(err)
	}
	if n := ran(t, dir); n != 2 {
		t.Errorf("started by hand it has run %d times", n)
	}
}

// What ends in order while there is no supervisor has ended as it would have
// under one.
func TestWhatEndedInOrderWithoutASupervisorIsNotStartedAgain(t *testing.T) {
	dir := shortFolder(t)
	task := once(dir, "while ! [ -e "+filepath.Join(dir, "enough")+" ]; do sleep 0.01; done")
	was := crashed(t, dir, []configs.Service{task}, allReady)
	rec := onlyRecord(t, dir)
	order(t, dir, "enough", "")
	for alive(was["task"].PID) {
		time.Sleep(time.Millisecond)
	}
	if err := process.RecordExit(dirsIn(dir).Exits(), rec.Identity, process.Exit{}); err != nil {
		t.Fatal(err)
	}
	r := newRigIn(t, dir, task)
	now := r.service("task")
	if now.State != api.Done || !strings.Contains(now.Reason, "exit status 0") || ran(t, dir) != 1 {
		t.Errorf("it ran %d times, is %+v", ran(t, dir), now)
	}
}

func TestAFailedServiceWithAScheduleKeepsItUnderTheNextSupervisor(t *testing.T) {
	dir := shortFolder(t)
	task := once(dir, "exit 1")
	task.Restart.Policy, task.Schedule = configs.RestartNever, "0 3 * * *"
	order(t, dir, "start", "task")
	crashed(t, dir, []configs.Service{task}, func([]api.Service) bool { return savedIn(t, dir, "task").Failed != "" })
	r := newRigIn(t, dir, task)
	now := r.wait("task", "scheduled", func(s api.Service) bool { return s.NextStart != nil })
	if now.State != api.Failed || !strings.Contains(now.Reason, "restart.policy is never") || ran(t, dir) != 1 {
		t.Errorf("it ran %d times, is %+v", ran(t, dir), now)
	}
}

// The state file may be as it was before somebody started a service by hand.
func TestWhatIsStartedByHandAsTheSupervisorIsKilledIsNotStoppedByTheNext(t *testing.T) {
	dir := shortFolder(t)
	services := []configs.Service{announced(exe("web", "first hang"))}
	services[0].Env["MARK"] = filepath.Join(dir, "mark")
	order(t, dir, "stop", "web")
	crashed(t, dir, services, func([]api.Service) bool { return savedIn(t, dir, "web").Stopped })
	before, err := os.ReadFile(dirsIn(dir).StateFile())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "stop")); err != nil {
		t.Fatal(err)
	}
	order(t, dir, "start", "web")
	was := crashed(t, dir, services, func(list []api.Service) bool { return len(list) == 1 && list[0].PID > 0 })
	if err := os.WriteFile(dirsIn(dir).StateFile(), before, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRigIn(t, dir, services...)
	if now := r.service("web"); now.PID != was["web"].PID || now.State == api.Stopping {
		t.Errorf("it was %+v, is %+v", was["web"], now)
	}
}

// The configuration in force may be one that no process has taken over with:
// what is shown is what runs, so that a reload brings it about.
func TestAProcessWithAnotherConfigurationIsReloadedUnderTheNextSupervisor(t *testing.T) {
	dir := shortFolder(t)
	web := exe("web", "serve")
	was := crashed(t, dir, []configs.Service{web}, allReady)
	changed := exe("web", "serve")
	changed.Env["GREETING"] = "hello"
	r := newRigIn(t, dir, changed)
	if now := r.service("web"); now.PID != was["web"].PID {
		t.Fatalf("it is %+v", now)
	}
	plan, err := planReload(r.roster.all(), configs.Config{Services: []configs.Service{changed}})
	if err != nil || len(plan) != 1 || plan[0].Action != api.ChangeRestart || len(plan[0].Keys) != 1 ||
		plan[0].Keys[0].Key != "env.GREETING" {
		t.Errorf("a reload would change %+v, %v", plan, err)
	}
	amended := exe("web", "serve")
	amended.Restart.Limit = 99
	r.end()
	crashed(t, dir, []configs.Service{web}, allReady)
	if got := newRigIn(t, dir, amended).roster.find("web").Snapshot().Config.Restart.Limit; got != 99 {
		t.Errorf("the start limit is %d: what is the supervisor's affair needs no process", got)
	}
}

func onlyRecord(t *testing.T, dir string) process.Record {
	t.Helper()
	paths, err := dirsIn(dir).Records()
	if err != nil || len(paths) != 1 {
		t.Fatalf("records %q, %v", paths, err)
	}
	rec, err := process.ReadRecord(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return rec
}
