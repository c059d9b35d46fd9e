//go:build unix && !linux

package process

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// handle is nothing here: processes are known by their numbers alone.
type handle struct{}

func withHandle(*syscall.SysProcAttr) func() handle { return func() handle { return handle{} } }

func withoutHandle(*syscall.SysProcAttr) {}

func openHandle(int) handle { return handle{} }

func (handle) await() bool { return false }

func (handle) exit() (e Exit, ok bool) { return Exit{}, false }

func (handle) alive() bool { return true }

func (handle) close() {}

// awaitZombie is false: there is no portable way to learn of an end without
// reaping the process.
func awaitZombie(int) bool { return false }

// isChild tells whether this process is the parent, as it is when it has
// executed another binary since it started the process.
func isChild(pid int) bool {
	_, err := unix.Wait4(pid, nil, unix.WNOHANG, nil)
	return err == nil
}

// Unreaped is not known here.
func Unreaped(Identity) (e Exit, ok bool) { return Exit{}, false }
