//go:build linux

package supervisor

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

func TestAServiceWithoutAutostartWaitsForAPerson(t *testing.T) {
	manual, behind := exe("manual", "serve"), exe("behind", "serve")
	manual.Autostart = false
	behind.After = []string{"manual"}
	dir := shortFolder(t)
	r := newRigIn(t, dir, manual, behind)
	<-r.Settled()
	if s := r.service("manual"); s.State != api.Stopped || s.PID != 0 || !strings.Contains(s.Reason, "autostart") {
		t.Errorf("it is %+v", s)
	}
	r.wait("behind", "held back", func(s api.Service) bool { return s.State == api.Waiting })
	if err := r.Start(r.ctx(), "manual"); err != nil {
		t.Fatal(err)
	}
	r.waitState("behind", api.Ready)
	r.end()
	r = newRigIn(t, dir, manual)
	<-r.Settled()
	if s := r.service("manual"); s.State != api.Stopped {
		t.Errorf("the next time it is %+v", s)
	}
	r.end()
	manual.Autostart = true // and it was not stopped by hand
	r = newRigIn(t, dir, manual)
	r.waitState("manual", api.Ready)
}

func TestSomeExitCodesCountAsSuccess(t *testing.T) {
	task := script("task", "exit 3")
	task.Oneshot, task.SuccessExitCodes = true, []int{3}
	r := newRig(t, task)
	s := r.waitState("task", api.Done)
	if s.Restarts != 0 || !strings.Contains(s.Reason, "exit status 3") {
		t.Errorf("it is %+v", s)
	}
}

func TestALineOfTheLogMakesAServiceReady(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "go")
	web := script("web", `while ! test -e `+mark+`; do sleep 0.02; done; echo "now listening on 80"; sleep 100`)
	web.ReadyLog = `listening on \d+`
	r := newRig(t, web)
	r.wait("web", "started", func(s api.Service) bool { return s.PID > 0 })
	time.Sleep(500 * time.Millisecond) // longer than a program that says nothing takes
	if s := r.service("web"); s.State != api.Starting {
		t.Errorf("before that line it is %s", s.State)
	}
	touch(t, mark)
	r.waitState("web", api.Ready)
	second := web
	second.Name, second.StartTimeout, second.ReadyLog = "second", 200*time.Millisecond, "never"
	second.Restart.Policy = configs.RestartNever
	other := newRig(t, second)
	if s := other.waitState("second", api.Failed); !strings.Contains(s.Reason, "was not ready") {
		t.Errorf("without its line: %+v", s)
	}
}

func TestADependencyMayHaveToBeDoneOrOnlyStarted(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "go")
	migrate := script("migrate", `while ! test -e `+mark+`; do sleep 0.02; done`)
	slow := announced(exe("slow", "hang"))
	after := func(name, when string) configs.Service {
		s := exe(name+"-"+when, "serve")
		s.After = []string{name}
		if when != configs.WhenReady {
			s.AfterWhen = map[string]string{name: when}
		}
		return s
	}
	r := newRig(t, migrate, slow, after("migrate", "done"), after("migrate", "ready"),
		after("slow", "started"), after("slow", "ready"))
	r.waitState("slow-started", api.Ready)
	r.waitState("migrate-ready", api.Ready)
	r.wait("migrate-done", "held back", func(s api.Service) bool {
		return s.State == api.Waiting && strings.Contains(s.Reason, "waits until migrate is done")
	})
	if s := r.service("slow-ready"); s.State != api.Waiting {
		t.Errorf("slow-ready is %s", s.State)
	}
	touch(t, mark)
	r.waitState("migrate-done", api.Ready)
}

func TestAMissedTimeOfAScheduleIsMadeUpFor(t *testing.T) {
	for missed, want := range map[string]bool{"run": true, "skip": false} {
		t.Run(missed, func(t *testing.T) {
			dir := shortFolder(t)
			task := script("task", "exit 0")
			task.Oneshot, task.Schedule, task.Missed = true, "@every 1h", missed
			r := newRigIn(t, dir, task)
			if err := r.Start(r.ctx(), "task"); err != nil {
				t.Fatal(err)
			}
			r.end()
			path := dirsIn(dir).StateFile()
			state, err := statefile.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			saved := state.Services["task"]
			saved.LastRun = saved.LastRun.Add(-2 * time.Hour) // then a time has passed since
			state.Services["task"] = saved
			text, err := statefile.Encode(state)
			if err != nil {
				t.Fatal(err)
			}
			if err := statefile.Write(path, text); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			r = newRigIn(t, dir, task)
			<-r.Settled()
			if want {
				r.wait("task", "run", func(s api.Service) bool { return s.LastExit != nil && s.LastExit.Time.After(begin) })
			}
			s := r.wait("task", "scheduled", func(s api.Service) bool { return s.NextStart != nil })
			if s.NextStart.Before(begin.Add(50*time.Minute)) || s.LastExit.Time.After(begin) != want {
				t.Errorf("it is %+v", s)
			}
		})
	}
}

func TestAScheduleIsInItsTimeZone(t *testing.T) {
	task := script("task", "exit 0")
	task.Schedule, task.Timezone = "0 12 * * *", "Asia/Tokyo"
	r := newRig(t, task)
	s := r.wait("task", "scheduled", func(s api.Service) bool { return s.NextStart != nil })
	if at := s.NextStart.UTC(); at.Hour() != 3 || at.Minute() != 0 {
		t.Errorf("it starts at %s, want 12:00 in Tokyo", at)
	}
}
