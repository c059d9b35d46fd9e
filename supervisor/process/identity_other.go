//go:build unix && !linux && !darwin

package process

import (
	"errors"
	"time"
)

func startTime(int) (start uint64, ended bool, err error) {
	return 0, false, errors.New("this system does not say when a process was started")
}

// BootID is empty: it cannot be known here.
func BootID() string { return "" }

// Age is not known here but by the clock on the wall.
func (id Identity) Age() (age time.Duration, ok bool) { return 0, false }
