//go:build linux

package camera

import (
	"time"

	"golang.org/x/sys/unix"
)

// driverClock converts the drivers' timestamps. Go's monotonic time is the same
// clock with another origin, which is determined once.
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

// wallTime converts the driver's timestamp to Go's time. If the driver uses another
// clock, it is the current time, which is late by the time for the transfer.
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
