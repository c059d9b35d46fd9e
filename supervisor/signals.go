//go:build unix

package supervisor

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// signalNumber is the signal of a name that the configuration takes.
func signalNumber(name string) syscall.Signal {
	if sig := unix.SignalNum("SIG" + name); sig != 0 {
		return sig
	}
	return unix.SIGTERM
}
