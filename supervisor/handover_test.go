//go:build unix

package supervisor

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// clients ask again and again until stop, and count who was refused.
func clients(addr string) (stop func() (answered, refused int64)) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	var answered, refused atomic.Int64
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				if _, err := ask(addr); errors.Is(err, syscall.ECONNREFUSED) {
					refused.Add(1)
				} else if err == nil {
					answered.Add(1)
				}
			}
		})
	}
	return func() (int64, int64) { cancel(); all.Wait(); return answered.Load(), refused.Load() }
}

func TestARestartHandsOverAndRefusesNobody(t *testing.T) {
	r := newRig(t, exe("web", "late"))
	before := r.waitState("web", api.Ready)
	stop := clients(before.Addr)
	for range 3 {
		was := r.service("web").PID
		if err := r.Restart(r.ctx(), "web"); err != nil {
			t.Fatal(err)
		}
		now := r.service("web")
		if now.PID == was || alive(was) || now.State != api.Ready || now.Restarts != 0 || now.NextPID != 0 ||
			len(now.Draining) != 0 {
			t.Errorf("after the restart of %d: %+v", was, now)
		}
	}
	if answered, refused := stop(); refused > 0 || answered == 0 {
		t.Errorf("%d answered, %d refused", answered, refused)
	}
}

func TestTheOldProcessServesUntilTheNewOneIsReady(t *testing.T) {
	slow := announced(exe("web", "first hang"))
	slow.Env["MARK"] = filepath.Join(t.TempDir(), "mark")
	slow.StartTimeout = 300 * time.Millisecond
	r := newRig(t, slow)
	before := r.waitState("web", api.Ready)
	done := make(chan error, 1)
	go func() { done <- r.Restart(r.ctx(), "web") }()
	during := r.wait("web", "in a handover", func(s api.Service) bool { return s.NextPID > 0 })
	if during.PID != before.PID || during.State != api.HandingOver ||
		!strings.Contains(during.Reason, "gets ready to take over") {
		t.Errorf("during the handover: %+v", during)
	}
	if pid, err := ask(before.Addr); err != nil || pid != before.PID {
		t.Errorf("%d answers, %v; want %d", pid, err, before.PID)
	}
	err := <-done
	if err == nil || !strings.Contains(err.Error(), "was not ready within 300ms") ||
		!strings.Contains(err.Error(), "goes on serving") {
		t.Errorf("the restart says %v", err)
	}
	r.wait("web", "rid of the new process", func(s api.Service) bool { return len(s.Draining) == 0 && s.NextPID == 0 })
	if now := r.service("web"); now.PID != before.PID || now.State != api.Ready || alive(during.NextPID) ||
		!strings.Contains(now.Reason, "not restarted") {
		t.Errorf("afterwards: %+v", now)
	}
}

func TestANewProcessThatEndsIsRolledBack(t *testing.T) {
	bad := announced(exe("web", "first exit 7"))
	bad.Env["MARK"] = filepath.Join(t.TempDir(), "mark")
	r := newRig(t, bad)
	before := r.waitState("web", api.Ready)
	err := r.Restart(r.ctx(), "web")
	if err == nil || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("the restart says %v", err)
	}
	if pid, err := ask(before.Addr); err != nil || pid != before.PID {
		t.Errorf("%d answers, %v", pid, err)
	}
}

func TestACrashDuringAHandoverLeavesTheNewProcess(t *testing.T) {
	web := announced(exe("web", "first hang"))
	web.Env["MARK"] = filepath.Join(t.TempDir(), "mark")
	r := newRig(t, web)
	before := r.waitState("web", api.Ready)
	done := make(chan error, 1)
	go func() { done <- r.Restart(r.ctx(), "web") }()
	next := r.wait("web", "in a handover", func(s api.Service) bool { return s.NextPID > 0 }).NextPID
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	now := r.wait("web", "in the new process", func(s api.Service) bool { return s.PID == next })
	if now.State != api.Starting {
		t.Errorf("got %+v", now)
	}
	if err := r.Stop(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("the restart came true")
	}
	if alive(next) {
		t.Error("the new process is left")
	}
}

// The process that takes the place of a crashed one has the configuration that
// it was started with, and so its restart policy.
func TestACrashDuringAHandoverBringsTheNewRestartPolicy(t *testing.T) {
	web := exe("web", "first fail-later")
	web.Env["MARK"] = filepath.Join(t.TempDir(), "mark")
	web.Restart.Limit = 0
	web = announced(web)
	r, change := reloadable(t, web)
	before := r.waitState("web", api.Ready)
	changed := exe("web", "first fail-later")
	changed.Env["MARK"] = web.Env["MARK"]
	changed.Env["GREETING"] = "hi"
	changed.Restart.Limit, changed.Probe = 2, web.Probe
	change(changed)
	type answer struct {
		reload api.Reload
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		got, err := r.Reload(r.ctx(), api.ReloadRequest{})
		done <- answer{got, err}
	}()
	r.wait("web", "in a handover", func(s api.Service) bool { return s.NextPID > 0 })
	kill(t, before.PID)
	got := <-done
	if got.err != nil || len(got.reload.Changes) != 1 ||
		!strings.Contains(got.reload.Changes[0].Error, "cannot start web") {
		t.Errorf("the reload is answered %+v, %v", got.reload, got.err)
	}
	if s := r.waitState("web", api.Failed); s.Restarts > 2 || !strings.Contains(s.Reason, "started 2 times") {
		t.Errorf("restarts %d, reason %q", s.Restarts, s.Reason)
	}
}

func TestAStopDuringAHandoverEndsBoth(t *testing.T) {
	web := announced(exe("web", "first hang"))
	web.Env["MARK"] = filepath.Join(t.TempDir(), "mark")
	r := newRig(t, web)
	before := r.waitState("web", api.Ready)
	done := make(chan error, 1)
	go func() { done <- r.Restart(r.ctx(), "web") }()
	next := r.wait("web", "in a handover", func(s api.Service) bool { return s.NextPID > 0 }).NextPID
	if err := r.Stop(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("the restart came true")
	}
	if alive(before.PID) || alive(next) {
		t.Error("one of them is left")
	}
}

func TestWithoutOverlapThereIsOneProcessAtATime(t *testing.T) {
	web := exe("web", "drain")
	web.Overlap = false
	r := newRig(t, web)
	before := r.waitState("web", api.Ready)
	changed, cancel := r.Subscribe()
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Restart(r.ctx(), "web") }()
	for {
		select {
		case <-changed:
			if s := r.service("web"); s.NextPID > 0 || s.PID != before.PID && alive(before.PID) {
				t.Errorf("two processes: %+v", s)
			}
			continue
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		}
		break
	}
}

// reloadable has a configuration that the test changes.
func reloadable(t *testing.T, services ...configs.Service) (*rig, func(...configs.Service)) {
	t.Helper()
	r := newRig(t, services...)
	now := services
	r.opts.Load = func(string) (configs.Config, error) { return configs.Config{Path: "test", Services: now}, nil }
	return r, func(next ...configs.Service) { now = next }
}

func TestAReloadTouchesOnlyWhatChanged(t *testing.T) {
	r, change := reloadable(t, exe("same", "serve"), exe("env", "serve"), exe("amended", "serve"), exe("gone", "serve"))
	for _, name := range []string{"same", "env", "amended", "gone"} {
		r.waitState(name, api.Ready)
	}
	before := map[string]api.Service{}
	for _, s := range r.Services() {
		before[s.Name] = s
	}
	env, amended := exe("env", "serve"), exe("amended", "serve")
	env.Env["GREETING"] = "hi"
	amended.StopSignal = "INT"
	change(exe("new", "serve"), exe("same", "serve"), env, amended)

	plan, err := r.Reload(r.ctx(), api.ReloadRequest{DryRun: true})
	if err != nil || plan.Applied || len(plan.Changes) != 4 {
		t.Fatalf("the plan: %+v, %v", plan, err)
	}
	if now := r.service("gone"); now.PID != before["gone"].PID {
		t.Error("the plan was carried out")
	}
	done, err := r.Reload(r.ctx(), api.ReloadRequest{})
	if err != nil || !done.Applied {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, c := range done.Changes {
		if c.Error != "" {
			t.Errorf("%s: %s", c.Service, c.Error)
		}
	}
	var names []string
	for _, s := range r.Services() {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{"new", "same", "env", "amended"}) {
		t.Errorf("there are %v", names)
	}
	if now := r.service("same"); now.PID != before["same"].PID {
		t.Error("what is the same was restarted")
	}
	if now := r.service("amended"); now.PID != before["amended"].PID {
		t.Error("what changes for the supervisor alone was restarted")
	}
	if err := r.Stop(r.ctx(), "amended"); err != nil {
		t.Fatal(err)
	}
	if exit := r.service("amended").LastExit; exit == nil || exit.Signal != "interrupt" {
		t.Errorf("it was asked to end by the signal of before: %+v", exit)
	}
	if now := r.service("env"); now.PID == before["env"].PID || now.Addr != before["env"].Addr || now.State != api.Ready {
		t.Errorf("what changed is %+v", now)
	}
	if alive(before["gone"].PID) {
		t.Error("what was removed runs")
	}
}

func TestAReloadThatNeedsATakenPortChangesNothing(t *testing.T) {
	r, change := reloadable(t, exe("a", "serve"), exe("b", "serve"))
	a, b := r.waitState("a", api.Ready), r.waitState("b", api.Ready)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	moved, edited := exe("a", "serve"), exe("b", "serve")
	moved.Port = ln.Addr().(*net.TCPAddr).Port
	edited.Env["X"] = "1"
	change(moved, edited)
	if _, err := r.Reload(r.ctx(), api.ReloadRequest{}); err == nil ||
		!strings.Contains(err.Error(), "nothing was changed: a: port "+strconv.Itoa(moved.Port)+" is in use") {
		t.Errorf("got %v", err)
	}
	if r.service("a").PID != a.PID || r.service("b").PID != b.PID {
		t.Error("something was restarted")
	}
	ln.Close()
	if done, err := r.Reload(r.ctx(), api.ReloadRequest{}); err != nil || done.Changes[0].Error != "" {
		t.Fatalf("%+v, %v", done, err)
	}
	if now := r.service("a"); now.Addr != net.JoinHostPort("127.0.0.1", strconv.Itoa(moved.Port)) {
		t.Errorf("a listens on %s", now.Addr)
	}
	if _, err := ask(a.Addr); err == nil {
		t.Error("the old address still answers")
	}
}

func TestServicesExchangeTheirPortsInOneReload(t *testing.T) {
	ports := porttest.Free(t, 4)
	on := func(name string, port int) configs.Service {
		s := exe(name, "serve")
		s.Port = port
		return s
	}
	names := []string{"a", "b", "c"}
	r, change := reloadable(t, on("a", ports[0]), on("b", ports[1]), on("c", ports[2]))
	for _, name := range names {
		r.waitState(name, api.Ready)
	}
	change(on("a", ports[1]), on("b", ports[2]), on("c", ports[0]))
	done, err := r.Reload(r.ctx(), api.ReloadRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range done.Changes {
		if c.Error != "" {
			t.Errorf("%s: %s", c.Service, c.Error)
		}
	}
	for i, name := range names {
		s := r.waitState(name, api.Ready)
		if want := net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[(i+1)%3])); s.Addr != want {
			t.Errorf("%s is at %s, want %s", name, s.Addr, want)
		}
		if pid, err := ask(s.Addr); err != nil || pid != s.PID {
			t.Errorf("%s: pid %d answers, want %d; %v", name, pid, s.PID, err)
		}
	}
	change(on("a", ports[3]), on("b", ports[1]), on("c", ports[2])) // a chain: c waits for b, and b for a
	if done, err = r.Reload(r.ctx(), api.ReloadRequest{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range done.Changes {
		if c.Error != "" {
			t.Errorf("%s: %s", c.Service, c.Error)
		}
	}
}

func TestAProgramThatCannotBeExecutedAnyMoreIsNotRestarted(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	write := func() {
		if err := os.WriteFile(program, []byte("#!/bin/sh\necho the old one\nsleep 100\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write()
	web := exe("web", "unused")
	web.Exec, web.Port = []string{program}, configs.NoPort
	r, change := reloadable(t, web)
	before := r.waitState("web", api.Ready)
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	changed := web
	changed.Env = map[string]string{"X": "1"}
	change(changed)
	err := r.Restart(r.ctx(), "web")
	done, reloadErr := r.Reload(r.ctx(), api.ReloadRequest{})
	if err == nil || !strings.Contains(err.Error(), "goes on serving") || reloadErr != nil || done.Changes[0].Error == "" {
		t.Errorf("restart: %v; reload: %+v, %v", err, done, reloadErr)
	}
	if now := r.service("web"); now.PID != before.PID || now.State != api.Ready {
		t.Errorf("it is %+v", now)
	}
	// After a crash there is nothing to keep. The old program's lines do not tell why.
	kill(t, before.PID)
	s := r.wait("web", "without a program", func(s api.Service) bool { return s.State.Unwell() })
	if len(s.LastExit.Lines) > 0 || !strings.Contains(s.Reason, "no such file") {
		t.Errorf("it is %+v, %+v", s, s.LastExit)
	}
	if err := r.Start(r.ctx(), "web"); err == nil || strings.Contains(err.Error(), "the old one") {
		t.Errorf("start says %v", err)
	}
	write()
	if err := r.Start(r.ctx(), "web"); err != nil {
		t.Error(err)
	}
}

func TestAMoveThatIsTakenBackLetsGoOfItsPort(t *testing.T) {
	web := announced(exe("web", "first hang"))
	web.Env["MARK"] = filepath.Join(t.TempDir(), "mark")
	r, change := reloadable(t, web)
	before := r.waitState("web", api.Ready)
	moved := web
	moved.Port = porttest.Free(t, 1)[0]
	change(moved)
	impatient, leave := context.WithCancel(r.ctx())
	left := make(chan struct{})
	go func() { defer close(left); _, _ = r.Reload(impatient, api.ReloadRequest{}) }()
	first := r.wait("web", "in a handover", func(s api.Service) bool { return s.NextPID > 0 }).NextPID
	leave() // nobody waits for the first change when the second one comes
	<-left
	other := web
	other.Env = map[string]string{"MARK": web.Env["MARK"], "GREETING": "hi"}
	change(other)
	second, leaveToo := context.WithCancel(r.ctx())
	left = make(chan struct{})
	go func() { defer close(left); _, _ = r.Reload(second, api.ReloadRequest{}) }()
	r.wait("web", "in another handover", func(s api.Service) bool { return s.NextPID > 0 && s.NextPID != first })
	leaveToo()
	<-left
	r.wait("web", "rid of the first process", func(s api.Service) bool { return len(s.Draining) == 0 })
	again, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(moved.Port)))
	if err != nil {
		t.Fatalf("the port that nothing needs any more: %v", err)
	}
	again.Close()
	if pid, err := ask(before.Addr); err != nil || pid != before.PID {
		t.Errorf("%d answers, %v; want %d", pid, err, before.PID)
	}
}

func TestReplicasShareOneListener(t *testing.T) {
	one, two := exe("web-1", "serve"), exe("web-2", "serve")
	one.ReplicaOf, two.ReplicaOf = "web", "web"
	r := newRig(t, one, two)
	a, b := r.waitState("web-1", api.Ready), r.waitState("web-2", api.Ready)
	if a.Addr != b.Addr {
		t.Fatalf("they listen on %s and %s", a.Addr, b.Addr)
	}
	seen := map[int]bool{}
	for deadline := time.Now().Add(10 * time.Second); len(seen) < 2 && time.Now().Before(deadline); {
		if pid, err := ask(a.Addr); err == nil {
			seen[pid] = true
		}
	}
	if !seen[a.PID] || !seen[b.PID] {
		t.Errorf("only %v answered", seen)
	}
	if err := r.Restart(r.ctx(), "web"); err != nil { // the table's name means all
		t.Fatal(err)
	}
	if r.service("web-1").PID == a.PID || r.service("web-2").PID == b.PID {
		t.Error("one was not restarted")
	}
	if err := r.Stop(r.ctx(), "web-1"); err != nil {
		t.Fatal(err)
	}
	if pid, err := ask(a.Addr); err != nil || pid != r.service("web-2").PID {
		t.Errorf("%d answers, %v", pid, err)
	}
	if err := r.Stop(r.ctx(), "web-2"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(a.Addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("when all are stopped: %v", err)
	}
}
