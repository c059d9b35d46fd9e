package process

import (
	"errors"

	"golang.org/x/sys/unix"
)

func dup(from, to int) error { return unix.Dup3(from, to, 0) }

// closeOnExec marks every descriptor from first on, whoever opened it. Before
// Linux 5.11 those that this program did not open itself stay as they are.
func closeOnExec(first int) {
	_ = unix.CloseRange(uint(first), ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
}

// becomeSubreaper is false where the system has no sub-reapers, as emulators
// may not, or before Linux 3.4: EINVAL is what prctl(2) says to unknown words.
func becomeSubreaper() (bool, error) {
	err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	if errors.Is(err, unix.EINVAL) {
		return false, nil
	}
	return err == nil, err
}
