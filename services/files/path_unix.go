//go:build !windows

package files

import "syscall"

// openFlags never wait for the other end of a FIFO.
const openFlags = syscall.O_NONBLOCK
