//go:build !linux && !darwin

// Package procstat reads what the system says of a process.
package procstat

import "errors"

// StartTime is when the process that has a number now was started, and whether
// it has ended: this system does not say.
func StartTime(int) (start uint64, ended bool, err error) {
	return 0, false, errors.New("this system does not say when a process was started")
}

// Dying tells whether a process has ended; this system does not say.
func Dying(int) bool { return false }
