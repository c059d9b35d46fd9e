//go:build !windows

package store

import (
	"errors"
	"syscall"
)

// openFlags keep an open from waiting for the other end of a FIFO.
const openFlags = syscall.O_NONBLOCK

// IsOverQuota reports whether the user's disk quota is exhausted.
func IsOverQuota(err error) bool { return errors.Is(err, syscall.EDQUOT) }
