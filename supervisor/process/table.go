//go:build unix

package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
)

// Table starts processes and takes in the orphans of those that ended: this
// process is the sub-reaper of everything below it (prctl(2)), so that a
// grandchild that made itself a daemon is found again.
type Table struct {
	self func() (string, error) // path of this program's binary

	mu   sync.Mutex
	ours map[int]struct{} // started here and waited for elsewhere
}

// NewTable makes this process the sub-reaper of its descendants. self is asked
// at each start for the path at which this program's binary can be executed as
// a launcher: the file may be replaced or deleted meanwhile.
func NewTable(self func() (string, error)) (*Table, error) {
	if err := becomeSubreaper(); err != nil {
		return nil, fmt.Errorf("cannot become the sub-reaper of the services: %w", err)
	}
	return &Table{self: self, ours: map[int]struct{}{}}, nil
}

// start registers the process before anybody else can see it end.
func (t *Table) start(cmd *exec.Cmd) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	t.ours[cmd.Process.Pid] = struct{}{}
	return nil
}

func (t *Table) forget(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.ours, pid)
}

// Serve reaps orphans until ctx ends.
func (t *Table) Serve(ctx context.Context) error {
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)
	defer signal.Stop(died)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-died:
			t.reap()
		}
	}
}

// reap takes in the orphans that ended. A child that was started here has
// somebody who waits for it, and is left to them.
func (t *Table) reap() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pid := range t.orphans() {
		_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
	}
}

// KillOrphans ends what the service left behind outside of its group. They
// are known by the variable of their environment.
func (t *Table) KillOrphans(variable string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pid := range t.orphans() {
		if hasVariable(pid, variable) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
