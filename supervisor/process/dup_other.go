//go:build unix && !linux

package process

import "golang.org/x/sys/unix"

func dup(from, to int) error { return unix.Dup2(from, to) }

// closeOnExec marks the descriptors that a process usually has; there is no
// call for all of them.
func closeOnExec(first int) {
	for fd := first; fd < 256; fd++ {
		unix.CloseOnExec(fd)
	}
}

// becomeSubreaper is false: only Linux has sub-reapers.
func becomeSubreaper() (bool, error) { return false, nil }
