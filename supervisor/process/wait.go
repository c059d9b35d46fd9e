//go:build unix

package process

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// wait learns of the end from the kernel, independent of open log files. A terminated
// process has ended when its whole tree has; see Terminate.
func (p *Process) wait(done chan<- struct{}) {
	if p.child {
		p.exit = p.reap()
	} else {
		p.awaitAdopted()
		p.exit = p.askExit()
		p.awaitTree()
	}
	p.table.forget(p.PID)
	p.handle.close()
	p.notify.close()
	p.record.Close()
	close(done)
}

// reap waits for a child of this process, and then kills the rest of its group.
// Where the system allows it, that happens while the group's number is still
// the child's own.
func (p *Process) reap() Exit {
	if p.handle.await() || awaitZombie(p.PID) {
		p.awaitTree()
		_ = syscall.Kill(-p.PID, syscall.SIGKILL)
	} else {
		defer func() { _ = syscall.Kill(-p.PID, syscall.SIGKILL) }()
	}
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(p.PID, &status, 0, nil)
		switch {
		case err == nil:
			p.over()
			return ExitOf(status)
		case !errors.Is(err, unix.EINTR):
			p.over()
			return Exit{Code: -1, Unknown: true}
		}
	}
}

// adoptedPace is how often an adopted process is checked if the kernel does not report
// its end.
const adoptedPace = 100 * time.Millisecond

// awaitAdopted waits for the end of a process that is not our child. Its group
// is found by what its members say of themselves: the number may be another's.
func (p *Process) awaitAdopted() {
	if !p.handle.await() {
		for p.identity.Alive() {
			time.Sleep(adoptedPace)
		}
	}
	p.over()
}

// exitPatience is how long the parent of an adopted process may take to reap
// it.
const exitPatience = 300 * time.Millisecond

// askExit learns from others how an adopted process ended.
func (p *Process) askExit() Exit {
	for deadline := time.Now().Add(exitPatience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if e, ok := FindExit(p.table.exits, p.identity); ok {
			return e
		}
		if e, ok := p.handle.exit(); ok {
			return e
		}
		if e, ok := Unreaped(p.identity); ok {
			return e
		}
	}
	return Exit{Code: -1, Unknown: true}
}

// over lets no signal through from here on.
func (p *Process) over() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}

// signal sends a signal to the process, or to its group, as kill(2) numbers
// them. It does nothing once the process has ended.
func (p *Process) signal(to int, sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || !p.child && !p.handle.alive() {
		return
	}
	_ = syscall.Kill(to, sig)
}

// Terminate sends sig to every process of the tree: the group, children that
// made a group of their own, and daemons. A halted process is continued first.
// From then on Done is closed when the whole tree has ended, or after Kill.
func (p *Process) Terminate(sig syscall.Signal, tree Tree) {
	all := p.treeOf(tree)
	p.mu.Lock()
	p.tree = &all
	p.mu.Unlock()
	apart := p.table.apart(all) // before the signal: a child of an ended process is harder to find
	p.signal(-p.PID, sig)
	p.signal(-p.PID, syscall.SIGCONT)
	for _, pid := range apart {
		_ = syscall.Kill(pid, sig)
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// SignalAll sends a signal to every process of the tree.
func (p *Process) SignalAll(sig syscall.Signal, tree Tree) {
	apart := p.table.apart(p.treeOf(tree))
	p.signal(-p.PID, sig)
	for _, pid := range apart {
		_ = syscall.Kill(pid, sig)
	}
}

// Kill sends SIGKILL to the process and the rest of its group. Done then waits
// for the process alone; Table.KillOrphans ends what it leaves behind.
func (p *Process) Kill() {
	p.killOnce.Do(func() { close(p.killed) })
	p.signal(-p.PID, syscall.SIGKILL)
}

// The pace at which an ended process's tree is checked for processes that are
// left: at first often, since most trees end together.
const (
	firstTreePace = 2 * time.Millisecond
	lastTreePace  = 50 * time.Millisecond
)

// awaitTree waits until no process of a terminated tree is left, or Kill is
// called. The process itself has ended.
func (p *Process) awaitTree() {
	p.mu.Lock()
	tree := p.tree
	p.mu.Unlock()
	if tree == nil {
		return
	}
	for pace := firstTreePace; p.table.remains(*tree); pace = min(2*pace, lastTreePace) {
		select {
		case <-p.killed:
			return
		case <-time.After(pace):
		}
	}
}

func (p *Process) treeOf(tree Tree) treeOf {
	return treeOf{tree, p.PID, p.child, p.adopted || !p.table.reaps}
}
