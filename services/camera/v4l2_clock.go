//go:build linux

package camera

import (
	"time"

	"golang.org/x/sys/unix"
)

// driverClock converts drivers' stamps. Go's monotonic readings are of the
// same clock, from another beginning: it is asked for that once.
type driverClock struct {
	at    time.Time
	clock time.Duration // CLOCK_MONOTONIC at that moment
	known bool
}

func newDriverClock() driverClock {
	var clock unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &clock)
	return driverClock{at: time.Now(), clock: time.Duration(clock.Nano()), known: err == nil}
}

// wallTime converts the driver's stamp to Go's time. Where the driver uses
// another clock, the frame counts as captured now, which is never too early
// by more than it took to get here.
func (c driverClock) wallTime(b filled) time.Time {
	now := time.Now()
	if !b.monotonic || !c.known {
		return now
	}
	age := c.clock + now.Sub(c.at) - time.Duration(b.stamp.Nano())
	if age < 0 || age > 10*time.Second {
		return now
	}
	return now.Add(-age)
}
