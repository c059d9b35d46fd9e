package process

import (
	"errors"

	"golang.org/x/sys/unix"
)

// becomeSubreaper is false where the system has no sub-reapers, as emulators
// may not, or before Linux 3.4: EINVAL is what prctl(2) says to unknown words.
func becomeSubreaper() (bool, error) {
	err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	if errors.Is(err, unix.EINVAL) {
		return false, nil
	}
	return err == nil, err
}
