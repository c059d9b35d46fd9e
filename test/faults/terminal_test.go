//go:build linux

package faults

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// inTerminal starts ammarctl in a terminal of its own; hangUp closes that.
func (r *rig) inTerminal(args ...string) (cmd *exec.Cmd, hangUp func(), ended <-chan struct{}) {
	r.t.Helper()
	cmd = r.command(context.Background(), args...)
	cmd.Env = append(cmd.Env, "TERM=xterm-256color")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		r.t.Fatal(err)
	}
	// As it comes its reader blocks, and it is closed when that has read once more.
	if err := syscall.SetNonblock(int(terminal.Fd()), true); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
	go func() { defer close(done); _ = cmd.Wait() }()
	r.t.Cleanup(func() {
		terminal.Close()
		_ = cmd.Process.Kill()
		<-done
	})
	return cmd, func() { terminal.Close() }, done
}

func (r *rig) ends(what string, ended <-chan struct{}) {
	r.t.Helper()
	eventually(r.t, patience, what+" has ended", func() error {
		select {
		case <-ended:
			return nil
		default:
			return fmt.Errorf("it runs")
		}
	})
}

func TestATerminalThatHangsUpEndsTheDashboardAndNothingElse(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve"))
	_, hangUp, ended := r.inTerminal()
	web := r.reaches("web", api.Ready)
	pid := r.info().SupervisorPID
	hangUp()
	r.ends("the dashboard", ended)
	r.kept(web)
	if now := r.info().SupervisorPID; now != pid {
		t.Errorf("the supervisor is another one: %d, then %d", pid, now)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.agrees(1) })
}

func TestAKilledDashboardLeavesEverythingAsItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve"))
	cmd, _, ended := r.inTerminal()
	web := r.reaches("web", api.Ready)
	_ = cmd.Process.Kill()
	r.ends("the dashboard", ended)
	r.kept(web)
	eventually(t, patience, "each service has its one process", func() error { return r.agrees(1) })
}

func TestATerminalThatHangsUpEndsUpInTheForegroundInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve")+service("worker", -1, "", "daemon", "ready"))
	_, hangUp, ended := r.inTerminal("up")
	r.reaches("web", api.Ready)
	r.reaches("worker", api.Ready)
	hangUp()
	r.ends("up", ended)
	eventually(t, patience, "nothing is left over", func() error {
		if left := r.processes(); len(left) > 0 {
			return fmt.Errorf("%+v", left)
		}
		return nil
	})
}

func TestABinaryThatIsReplacedWhileItRunsTakesOverAndABrokenOneDoesNot(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, "")
	binary := filepath.Join(r.dir, "work", "program")
	r.configure(fmt.Sprintf("[service.web]\nexec = [%q, \"serve\"]\nport = %d\nstart_timeout = \"2s\"\n", binary, port))
	install := func(content []byte) { // as an upgrade does: beside it, then in its place
		t.Helper()
		if err := os.WriteFile(binary+".new", content, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(binary+".new", binary); err != nil {
			t.Fatal(err)
		}
	}
	good, err := os.ReadFile(built.Path("child"))
	if err != nil {
		t.Fatal(err)
	}
	install(good)
	r.up()
	web := r.reaches("web", api.Ready)
	l := startLoad(port, 2, 0)
	install(good)
	r.must(0, "restart", "web")
	web = r.replaced("web", web.PID)
	for what, content := range map[string]string{
		"that is no program":     "no program",
		"that is empty":          "",
		"that ends at once":      "#!/bin/sh\necho broken >&2\nexit 3\n",
		"that never gets ready":  "#!/bin/sh\nsleep 30\n", // it holds the same listener
		"that is killed":         "#!/bin/sh\nkill -9 $$\n",
		"whose shell is missing": "#!/nonexistent/sh\n",
	} {
		install([]byte(content))
		if res := r.must(1, "restart", "web"); res.stderr == "" {
			t.Errorf("a binary %s: nothing is said", what)
		}
		if now, err := r.get("web"); err != nil || now.PID != web.PID || now.State != api.Ready {
			t.Fatalf("a binary %s: web was pid %d, and is %s with pid %d (%v)", what, web.PID, now.State, now.PID, err)
		}
	}
	install(good)
	r.must(0, "restart", "web")
	r.replaced("web", web.PID)
	if answered, failures := l.end(); len(failures) > 0 || answered == 0 {
		t.Errorf("%d answered, %d failed: %v", answered, len(failures), failures)
	}
	eventually(t, patience, "one process is left", func() error { return r.agrees(1) })
}

func TestOwnBinaryDeletedWhileItRunsStopsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve"))
	own, err := os.ReadFile(built.Path("ammarctl"))
	if err != nil {
		t.Fatal(err)
	}
	r.bin = r.dir + "/ammarctl"
	if err := os.WriteFile(r.bin, own, 0o755); err != nil {
		t.Fatal(err)
	}
	r.up()
	web := r.reaches("web", api.Ready)
	if err := os.Remove(r.bin); err != nil {
		t.Fatal(err)
	}
	r.kill(web.PID)
	web = r.replaced("web", web.PID)
	pid := r.info().SupervisorPID
	r.signal(pid, syscall.SIGKILL)
	r.taken(pid)
	r.kept(web)
	r.kill(web.PID)
	r.replaced("web", web.PID)
	if err := os.WriteFile(r.bin, own, 0o755); err != nil {
		t.Fatal(err)
	}
	r.must(0, "down")
}
