//go:build linux

package faults

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func take(t *testing.T, port int) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func TestATakenPortIsSaidWithItsHolderAndTheServiceComesWhenItIsFree(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, `restart = { delay = "50ms", max_delay = "100ms" }`, "serve"))
	ln := take(t, port)
	r.up()
	s := r.becomes("web", "waiting for the port", func(s api.Service) bool { return s.State == api.Backoff })
	if !strings.Contains(s.Reason, fmt.Sprintf("pid %d", os.Getpid())) {
		t.Errorf("the holder is not named: %s", s.Reason)
	}
	ln.Close()
	r.reaches("web", api.Ready)
	if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
		t.Error(err)
	}
}

func TestAPortThatIsTakenAfterAStopDelaysTheNextStartOnly(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, `restart = { delay = "50ms", max_delay = "100ms" }`, "serve"))
	r.up()
	r.reaches("web", api.Ready)
	// While the service exists nobody else gets its port, not even for a
	// moment between two processes.
	if ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
		ln.Close()
		t.Error("the port of a running service could be taken")
	}
	r.must(0, "stop", "web")
	ln := take(t, port)
	if res := r.must(1, "start", "web"); !strings.Contains(res.stderr, "in use") {
		t.Errorf("start says %q", res.stderr)
	}
	ln.Close()
	r.reaches("web", api.Ready)
}

func TestASupervisorWithoutDescriptorsWaitsAndGoesOn(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	r := newRig(t, service("web", port, `restart = { limit = 0, delay = "50ms", max_delay = "200ms" }`, "serve"))
	r.up()
	was := r.reaches("web", api.Ready)
	pid := r.info().SupervisorPID
	before, err := usage(pid)
	if err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	few := unix.Rlimit{Cur: uint64(before.descriptors), Max: 1 << 16}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &old); err != nil {
		t.Fatal(err)
	}
	few.Max = old.Max
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	// What runs goes on; what ends cannot be started for the moment.
	if _, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/", port)); err != nil {
		t.Error(err)
	}
	r.kill(was.PID)
	eventually(t, patience, "the process has ended", func() error {
		if alive(was.PID) {
			return fmt.Errorf("pid %d lives", was.PID)
		}
		return nil
	})
	if !alive(pid) {
		t.Fatal("the supervisor ended for want of descriptors")
	}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &old, nil); err != nil {
		t.Fatal(err)
	}
	r.replaced("web", was.PID)
	if now := r.info().SupervisorPID; now != pid {
		t.Errorf("the supervisor is another one: %d, then %d", pid, now)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.agrees(1) })
}
