//go:build unix && !linux

package launch

import "golang.org/x/sys/unix"

func dup(from, to int) error { return unix.Dup2(from, to) }

// closeOnExec marks the descriptors that a process usually has; there is no
// call for all of them.
func closeOnExec(first int) {
	for fd := first; fd < 256; fd++ {
		unix.CloseOnExec(fd)
	}
}

// abandoned tells whether the other end of a pipe is closed.
func abandoned(pipe int) bool {
	ends := []unix.PollFd{{Fd: int32(pipe), Events: unix.POLLOUT}}
	_, err := unix.Poll(ends, 0)
	return err == nil && ends[0].Revents&unix.POLLERR != 0
}
