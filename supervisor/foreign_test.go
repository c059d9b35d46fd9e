//go:build linux

package supervisor

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestADaemonIsFoundUnderTheSupervisorOfAnotherInstance(t *testing.T) {
	t.Setenv("AMMAR_SERVICE", "outer")
	t.Setenv("AMMAR_LAUNCH", "7")
	t.Setenv("AMMAR_SUPERVISOR", "/run/outer.sock")
	r := newRig(t, script("tree", `(setsid sh -c "trap '' TERM; echo pid \$\$; while :; do sleep 0.05; done" &) ; while :; do sleep 0.05; done`))
	r.waitLogged("tree", "pid ")
	var pid int
	if _, err := fmt.Sscanf(r.logged("tree"), "pid %d", &pid); err != nil {
		t.Fatal(err)
	}
	kill(t, r.service("tree").PID)
	r.wait("tree", "restarted", func(s api.Service) bool { return s.Restarts == 1 })
	for deadline := time.Now().Add(30 * time.Second); alive(pid); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the daemon %d survived its service", pid)
		}
	}
}

func TestAProgramThatIsBeingCopiedIsStarted(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	self, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(self); err != nil {
		t.Fatal(err)
	}
	s := script("copied", "sleep 100")
	s.Exec[0] = program
	r := newRig(t, s)
	r.wait("copied", "tried", func(s api.Service) bool { return s.State != api.Stopped })
	time.Sleep(100 * time.Millisecond) // the copy takes its time
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if s := r.waitState("copied", api.Ready); s.Restarts != 0 {
		t.Errorf("it is %+v", s)
	}
}

func TestATaskThatSucceedsIsNoWarning(t *testing.T) {
	task := script("task", "exit 0")
	task.Oneshot, task.Schedule = true, "@every 1s"
	r := newRig(t, task)
	r.wait("task", "run", func(s api.Service) bool { return s.State == api.Done })
	log, err := r.Log("task")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range log.Last(-1) {
		if l.Level == "WARN" || l.Level == "ERROR" {
			t.Errorf("the log has %+v", l)
		}
	}
}
