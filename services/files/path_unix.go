//go:build !windows

package files

import "syscall"

// portable: every name without a slash and a zero byte is a name.
func portable(string) bool { return true }

// openFlags never wait for the other end of a FIFO.
const openFlags = syscall.O_NONBLOCK
