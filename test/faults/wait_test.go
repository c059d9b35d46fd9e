//go:build linux

package faults

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// patience is how long something may take on a busy machine; what is promised
// to be quick has a bound of its own.
const patience = 20 * time.Second

// eventually polls until holds is nil, and fails with what it said last.
func eventually(t *testing.T, within time.Duration, what string, holds func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := holds()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s\nseen last: %v", within, what, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// reaches waits for a state.
func (r *rig) reaches(name string, want api.State) api.Service {
	r.t.Helper()
	return r.becomes(name, string(want), func(s api.Service) bool { return s.State == want })
}

// becomes waits until what is shown of a service is as it should be.
func (r *rig) becomes(name, what string, is func(api.Service) bool) (got api.Service) {
	r.t.Helper()
	eventually(r.t, patience, name+" is "+what, func() (err error) {
		if got, err = r.get(name); err == nil && !is(got) {
			err = fmt.Errorf("%s, pid %d, restarts %d: %s", got.State, got.PID, got.Restarts, got.Reason)
		}
		return err
	})
	return got
}

// replaced waits until a service is ready with another process.
func (r *rig) replaced(name string, old int) api.Service {
	r.t.Helper()
	return r.becomes(name, "ready with another process", func(s api.Service) bool {
		return s.State == api.Ready && s.PID != old
	})
}

// kill ends a process that belongs to the rig.
func (r *rig) kill(pid int) { r.t.Helper(); r.signal(pid, syscall.SIGKILL) }

func (r *rig) signal(pid int, sig syscall.Signal) {
	r.t.Helper()
	if pid <= 1 {
		r.t.Fatalf("there is no process to signal: pid %d", pid)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		r.t.Fatalf("cannot send %s to %d: %v", sig, pid, err)
	}
}

// long tells whether the cases that take minutes are wanted, and how many
// rounds of something to do.
func long() bool { return os.Getenv("FAULTS_LONG") != "" }

func rounds(usual, many int) int {
	if long() {
		return many
	}
	return usual
}

// needs skips where the machine does not offer something; where CI is set it
// fails, so that nothing is left out unseen.
func needs(t *testing.T, there bool, what string) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("CI") != "":
		t.Fatalf("needs %s, which this machine does not offer", what)
	default:
		t.Skipf("needs %s", what)
	}
}

func timeout(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}
