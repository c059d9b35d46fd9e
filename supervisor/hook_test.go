//go:build linux

package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestTheCommandsOfAServiceRunAroundItInItsEnvironment(t *testing.T) {
	dir := t.TempDir()
	web := script("web", `trap 'echo stopping; exit 0' TERM; trap 'echo reloaded' HUP
echo up; while :; do sleep 0.02; done`)
	web.Dir, web.Env["GREETING"] = dir, "hi"
	if err := os.WriteFile(filepath.Join(dir, "env"), []byte("FROM_FILE=yes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	web.EnvFiles = []string{filepath.Join(dir, "env")}
	web.BeforeStart = []string{"sh", "-c", `echo "before: $GREETING $FROM_FILE $PWD"`}
	web.AfterStop = []string{"sh", "-c", `echo "after: $AMMAR_REASON"`}
	web.Reload = []string{"sh", "-c", `kill -HUP $MAINPID`}
	r := newRig(t, web)
	r.waitLogged("web", "up")
	if err := r.ReloadProgram(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	r.waitLogged("web", "reloaded")
	if err := r.Stop(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	want := []string{"before: hi yes " + dir, "up", "reloaded", "stopping", "after: exit status 0"}
	got := strings.ReplaceAll(r.logged("web"), "Terminated\n", "") // as some shells say of their child
	if got != strings.Join(want, "\n") {
		t.Errorf("the log is %q, want %q", got, want)
	}
	if err := r.ReloadProgram(r.ctx(), "web"); err == nil || !strings.Contains(err.Error(), "has no process") {
		t.Errorf("a reload of a stopped one: %v", err)
	}
}

func TestAFailedBeforeStartIsAFailedStart(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "go")
	web := script("web", "echo up; sleep 100")
	web.Restart.Limit = 0
	web.BeforeStart = []string{"sh", "-c", "test -e " + mark + " || { echo no mark; exit 7; }"}
	r := newRig(t, web)
	s := r.waitState("web", api.Failing)
	if !strings.Contains(s.Reason, "before_start: sh: exit status 7") || s.Explain != "hook-failed" || s.LastExit != nil {
		t.Errorf("it is %+v", s)
	}
	touch(t, mark)
	r.waitState("web", api.Ready)
	if got := r.logged("web"); !strings.Contains(got, "no mark") {
		t.Errorf("its log is %q", got)
	}
}

func TestACommandThatHangsIsBoundedAndCanBeStopped(t *testing.T) {
	slow := script("slow", "sleep 100")
	slow.HookTimeout, slow.Restart.Policy = 200*time.Millisecond, configs.RestartNever
	slow.BeforeStart = []string{"sleep", "100"}
	stuck := script("stuck", "sleep 100")
	stuck.HookTimeout, stuck.BeforeStart = time.Hour, []string{"sleep", "100"}
	late := script("late", "exec sleep 100")
	late.HookTimeout, late.AfterStop = time.Hour, []string{"sh", "-c", "echo tidying; sleep 100"}
	r := newRig(t, slow, stuck, late)
	s := r.waitState("slow", api.Failed)
	if !strings.Contains(s.Reason, "did not end within 200ms") {
		t.Errorf("it is %+v", s)
	}
	r.wait("stuck", "preparing", func(s api.Service) bool {
		return s.State == api.Waiting && strings.Contains(s.Reason, "runs before_start")
	})
	if err := r.Stop(r.ctx(), "stuck"); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(r.ctx(), "late"); err != nil {
		t.Fatal(err)
	}
	first := make(chan error, 1)
	go func() { first <- r.Stop(r.ctx(), "late") }()
	r.waitLogged("late", "tidying")
	if err := r.Stop(r.ctx(), "late"); err != nil { // the second one does not wait
		t.Fatal(err)
	}
	if err := <-first; err != nil {
		t.Fatal(err)
	}
}
