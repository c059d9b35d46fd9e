//go:build !windows

package files

import (
	"errors"
	"syscall"
)

// openFlags never wait for the other end of a FIFO.
const openFlags = syscall.O_NONBLOCK

// overQuota tells whether the system's own quota of a user is used up.
func overQuota(err error) bool { return errors.Is(err, syscall.EDQUOT) }
