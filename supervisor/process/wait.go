//go:build unix

package process

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// wait learns of the end from the kernel, whatever else holds the log open,
// and sees to what the process has left behind.
func (p *Process) wait(done chan<- struct{}) {
	if p.child {
		p.exit = p.reap()
	} else {
		p.awaitAdopted()
		p.exit = p.askExit()
	}
	p.table.forget(p.PID)
	p.handle.close()
	p.notify.close()
	p.record.Close()
	close(done)
}

// reap waits for a child of this process. What it has started ends with it;
// where the system allows it, while the group's number is still its own.
func (p *Process) reap() Exit {
	if p.handle.await() || awaitZombie(p.PID) {
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

// adoptedPace is how often an adopted process is looked at where the kernel
// does not tell of its end.
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

// signal reaches the whole group. The error is that it is gone already.
func (p *Process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || !p.child && !p.handle.alive() {
		return
	}
	_ = syscall.Kill(-p.PID, sig)
}
