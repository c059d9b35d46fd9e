//go:build unix

package supervisor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestAServiceThatDoesNotGetReadyInTimeIsKilled(t *testing.T) {
	hang := exe("web", "hang")
	hang.StartTimeout = 50 * time.Millisecond
	hang.Probe = &configs.Probe{TCP: "127.0.0.1:1", Every: time.Second, Timeout: time.Second, Failures: 3}
	r := newRig(t, hang)
	s := r.waitState("web", api.Failed)
	if !strings.Contains(s.Reason, "was not ready within 50ms") {
		t.Errorf("the reason is %q", s.Reason)
	}
}

func TestAWatchdogThatFallsSilentIsACrash(t *testing.T) {
	dog := exe("web", "dog")
	dog.Watchdog = 500 * time.Millisecond
	r := newRig(t, dog)
	first := r.waitState("web", api.Ready)
	now := r.wait("web", "started again", func(s api.Service) bool { return s.Restarts == 1 && s.PID != first.PID && s.PID > 0 })
	if now.LastExit.Signal != "killed" {
		t.Errorf("got %+v", now.LastExit)
	}
}

func TestAProcessIsRenewedWhenItHasRunForLongEnough(t *testing.T) {
	web := exe("web", "serve")
	web.MaxRuntime = 200 * time.Millisecond
	r := newRig(t, web)
	first := r.waitState("web", api.Ready)
	now := r.wait("web", "renewed", func(s api.Service) bool { return s.PID != first.PID && s.State == api.Ready })
	if now.Addr != first.Addr || now.Restarts != 0 {
		t.Errorf("got %+v", now)
	}
}

func TestADegradedServiceIsRestartedWhereThatIsWished(t *testing.T) {
	web := exe("web", "http")
	web.Probe = &configs.Probe{HTTP: "/", Every: 20 * time.Millisecond, Timeout: time.Second, Failures: 2, Restart: true}
	r := newRig(t, web)
	first := r.waitState("web", api.Ready)
	if err := syscall.Kill(first.PID, syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	r.wait("web", "well again", func(s api.Service) bool { return s.PID != first.PID && s.State == api.Ready && s.Restarts >= 1 })
}

func TestWhatIsRequiredTakesDownAndBringsBack(t *testing.T) {
	web := exe("web", "serve")
	web.Requires = []string{"db"}
	r := newRig(t, exe("db", "serve"), web)
	r.waitState("web", api.Ready)
	if err := r.Stop(r.ctx(), "db"); err != nil {
		t.Fatal(err)
	}
	s := r.wait("web", "stopped with it", func(s api.Service) bool { return s.State == api.Waiting && s.PID == 0 })
	r.wait("web", "waiting", func(s api.Service) bool { return strings.Contains(s.Reason, "waits for db") })
	if alive(s.PID) {
		t.Error("it runs")
	}
	if err := r.Start(r.ctx(), "db"); err != nil {
		t.Fatal(err)
	}
	r.waitState("web", api.Ready)
}

func TestTheFailureOfACriticalServiceEndsTheInstance(t *testing.T) {
	bad := exe("bad", "exit 3")
	bad.Critical = true
	r := newRig(t, exe("web", "serve"), bad)
	select {
	case <-r.done:
	case <-time.After(10 * time.Second):
		t.Fatalf("it goes on: %+v", r.Services())
	}
	if r.served == nil || !strings.Contains(r.served.Error(), "bad failed, and it is critical") {
		t.Errorf("Serve returned %v", r.served)
	}
}

func TestAFailureIsToldToTheCommandForIt(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	bad := exe("bad", "exit 3")
	bad.OnFailure = []string{"sh", "-c", `echo "$AMMAR_SERVICE: $AMMAR_REASON" > ` + out + `; echo told`}
	r := newRig(t, bad)
	r.waitState("bad", api.Failed)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if text, err := os.ReadFile(out); err == nil && len(text) > 0 {
			if !strings.HasPrefix(string(text), "bad: started 3 times") {
				t.Errorf("it was told %q", text)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not told")
		}
	}
}

func TestAServicesLastWordsMayClaimToBeTheSupervisors(t *testing.T) {
	const claim = `{"level":"INFO","msg":"started, pid 1","by":"supervisor"}`
	task := exe("task", "unused")
	task.Exec, task.Port = []string{"/bin/sh", "-c", "echo '" + claim + "'; exit 3"}, -1
	task.Restart.Policy = configs.RestartNever
	r := newRig(t, task)
	r.waitState("task", api.Failed)
	if got := r.service("task").LastExit.Lines; !slices.Equal(got, []string{claim}) {
		t.Errorf("its last lines are %q", got)
	}
	log, err := r.Log("task")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range log.Last(-1) {
		if ours := line.Raw != claim; line.Supervisor != ours {
			t.Errorf("the supervisor's: %v, of %+v", line.Supervisor, line)
		}
	}
}

func TestATaskIsReadyWhenItIsDone(t *testing.T) {
	task, web := exe("task", "exit 0"), exe("web", "serve")
	task.Oneshot = true
	web.After = []string{"task"}
	r := newRig(t, task, web)
	r.waitState("web", api.Ready)
	if s := r.service("task"); s.State != api.Done || s.LastExit == nil || s.LastExit.Code != 0 {
		t.Errorf("the task is %+v", s)
	}
	if err := r.Start(r.ctx(), "task"); err != nil {
		t.Errorf("once more: %v", err)
	}
}

func TestATaskThatFailsHoldsBackWhatComesAfter(t *testing.T) {
	task, web := exe("task", "exit 1"), exe("web", "serve")
	task.Oneshot = true
	web.After = []string{"task"}
	r := newRig(t, task, web)
	r.waitState("task", api.Failed)
	r.wait("web", "held back", func(s api.Service) bool { return strings.Contains(s.Reason, "waits for task, which has failed") })
}

func TestAScheduleStartsWhenItsTimeComes(t *testing.T) {
	task := exe("task", "exit 0")
	task.Oneshot, task.Schedule = true, "@every 1s"
	r := newRig(t, task)
	first := r.wait("task", "waiting for its time", func(s api.Service) bool { return s.NextStart != nil })
	if first.State != api.Scheduled || first.LastExit != nil || !strings.Contains(first.Reason, "starts at") {
		t.Errorf("at first: %+v", first)
	}
	ran := r.wait("task", "run", func(s api.Service) bool { return s.LastExit != nil && s.NextStart != nil })
	if ran.State != api.Done || !ran.NextStart.After(*first.NextStart) || ran.Restarts != 0 {
		t.Errorf("after it ran: %+v", ran)
	}
	if err := r.Stop(r.ctx(), "task"); err != nil {
		t.Fatal(err)
	}
	if s := r.service("task"); s.NextStart != nil {
		t.Errorf("stopped, it waits: %+v", s)
	}
	if err := r.Start(r.ctx(), "task"); err != nil { // now, whatever the time
		t.Fatal(err)
	}
}

func TestAnEditedFileRestartsTheServiceAlsoAfterItFailed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app")
	if err := os.WriteFile(file, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	web := exe("web", "first exit 1")
	web.Env["MARK"] = filepath.Join(dir, "mark")
	web.Dir, web.Watch = dir, []string{"app"}
	web.Overlap = false
	r := newRig(t, web)
	r.waitState("web", api.Ready)
	if err := os.WriteFile(file, []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.waitState("web", api.Failed) // "2" has a mistake
	if err := os.Remove(filepath.Join(dir, "mark")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("3"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.waitState("web", api.Ready)
}

func TestAServiceWithoutALimitIsTriedForEverAndCalledFailing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "told")
	bad := announced(exe("bad", "exit 3"))
	bad.Restart.Limit = 0
	bad.OnFailure = []string{"sh", "-c", `echo "$AMMAR_REASON" >> ` + out}
	web := exe("web", "serve")
	web.After = []string{"bad"}
	r := newRig(t, bad, web)
	s := r.waitState("bad", api.Failing)
	if s.NextStart == nil || s.PID != 0 || s.Explain != "failing" ||
		!strings.Contains(s.Reason, "times in a row, the last time: exit status 3") {
		t.Errorf("it is %+v", s)
	}
	err := r.Start(r.ctx(), "bad")
	if err == nil || !strings.Contains(err.Error(), "exiting with 3") {
		t.Errorf("start says %v", err)
	}
	tries := r.service("bad").Restarts
	r.wait("bad", "tried again and again", func(s api.Service) bool { return s.Restarts > tries+8 })
	r.wait("web", "held back", func(s api.Service) bool {
		return s.State == api.Waiting && strings.Contains(s.Reason, "waits for bad, which is failing")
	})
	if text, _ := os.ReadFile(out); strings.Count(string(text), "\n") > 25 {
		t.Errorf("it was told at each try: %s", text)
	}
	bad.Env["CHILD"] = "serve"
	if err := r.roster.find("bad").Reconfigure(r.ctx(), bad); err != nil {
		t.Fatal(err)
	}
	r.waitState("web", api.Ready)
}
