//go:build unix

package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Table starts processes and takes in the orphans of those that ended: this
// process is the sub-reaper of everything below it (prctl(2)), so that a
// grandchild that made itself a daemon is found again.
type Table struct {
	self  func() (string, error) // path of this program's binary
	exits string                 // where the ends of adopted processes are recorded; may be empty
	reaps bool                   // orphans come to this process; where not, they are looked for everywhere

	mu     sync.Mutex
	ours   map[int]struct{} // started here and waited for elsewhere
	others map[int]Identity // children of an earlier supervisor, which this process does not wait for
}

// NewTable makes this process the sub-reaper of its descendants. At each start it asks
// self for the path of this program's binary, to execute it as a launcher: the file
// may have been replaced or deleted. exits is the file in which the parent of adopted
// processes records how they ended (RecordExit). It is empty if there is no file.
func NewTable(self func() (string, error), exits string) (*Table, error) {
	reaps, err := becomeSubreaper()
	if err != nil {
		return nil, fmt.Errorf("cannot become the sub-reaper of the services: %w", err)
	}
	return &Table{self: self, exits: exits, reaps: reaps, ours: map[int]struct{}{}}, nil
}

// SpareChildren leaves alone the children that this process has already: in
// `helper & exec ammarctl up` they are the shell's.
func (t *Table) SpareChildren() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.others = map[int]Identity{}
	for _, pid := range Children() {
		if id, err := Identify(pid); err == nil {
			t.others[pid] = id
		}
	}
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

// fork is start for a Child.
func (t *Table) fork(c *Child) (pid int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if pid, err = Fork(c); err == nil {
		t.ours[pid] = struct{}{}
	}
	return pid, err
}

// forkWithHandle makes the handle together with the process. If the system cannot, as
// some emulators, it says EINVAL. Then the handle is made afterwards, which is as
// safe, since only this process reaps its children.
func (t *Table) forkWithHandle(c *Child) (int, handle, error) {
	made := withHandle(&c.Attr)
	pid, err := t.fork(c)
	if err == nil {
		return pid, made(), nil
	}
	if !errors.Is(err, syscall.EINVAL) {
		return 0, handle{}, err
	}
	withoutHandle(&c.Attr)
	if pid, err = t.fork(c); err != nil {
		return 0, handle{}, err
	}
	return pid, openHandle(pid), nil
}

// Output runs a command that is no service to its end, and returns its output.
// A command whose context ends is killed with everything in its group, and so
// is what keeps the output open after the command itself.
func (t *Table) Output(cmd *exec.Cmd) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	killGroup := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if cmd.Cancel != nil { // it has a context
		cmd.Cancel = killGroup
	}
	if err := t.start(cmd); err != nil {
		return nil, err
	}
	err := cmd.Wait()
	t.forget(cmd.Process.Pid)
	if errors.Is(err, exec.ErrWaitDelay) {
		_ = killGroup() // its members keep the number from being another's
	}
	return out.Bytes(), err
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

// reap collects orphans that have ended. Another goroutine waits for each child that
// was started here.
func (t *Table) reap() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pid := range t.orphans() {
		_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
	}
}

// killRounds bounds how deep a tree of daemons is followed: when one ends, its
// children come to us, and the next round finds them.
// An orphan that is just being executed shows no environment yet, and is
// waited for: on a busy machine that may take a while, on a dead disk for ever.
const (
	killRounds    = 100
	youngPatience = 5 * time.Second
	killPause     = 2 * time.Millisecond
)

// KillOrphans ends what a process of a service left behind outside of its
// group, and what that left behind. They are known by variables of their
// environment, all of which have to be there; none means all orphans.
// Everywhere looks beyond the orphans of this process, as it must for what an
// adopted process has left.
func (t *Table) KillOrphans(everywhere bool, variables ...string) {
	untilNone(func() (found, young bool) { return t.killOrphans(everywhere, variables) })
}

// sight is what can be seen of a process's environment.
type sight int

const (
	unmarked  sight = iota // it has not all that is looked for
	marked                 // it has
	executing              // it has none yet
	ended                  // it has none any more
)

// untilNone repeats round until it finds nothing.
func untilNone(round func() (found, young bool)) {
	began := time.Now()
	for n := 0; n < killRounds; {
		found, young := round()
		if found {
			n++
		} else if !young || time.Since(began) > youngPatience {
			return
		}
		if n < killRounds {
			time.Sleep(killPause)
		}
	}
}

// killOrphans tells whether there was anything to end, and whether there may
// be something that cannot be known yet.
func (t *Table) killOrphans(everywhere bool, variables []string) (found, young bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pid := range t.orphans() {
		if reaped, _ := syscall.Wait4(pid, nil, syscall.WNOHANG, nil); reaped == pid {
			found = true // it may have had children
			continue
		}
		switch lookFor(pid, variables) {
		case marked:
			_ = syscall.Kill(pid, syscall.SIGKILL)
			found = true
		case executing, ended: // it will be known, or reaped, in a moment
			young = true
		}
	}
	if (everywhere || !t.reaps) && len(variables) > 0 {
		for _, pid := range strangers(t.ours) {
			switch lookFor(pid, variables) {
			case marked:
				_ = syscall.Kill(pid, syscall.SIGKILL)
				found = true
			case executing:
				young = young || orphaned(pid)
			}
		}
	}
	return found, young
}
