//go:build linux && amd64

package fakecam

import (
	"time"

	"golang.org/x/sys/unix"
)

// longest bounds how many descriptors of a waiting call are looked at.
const longest = 64

// waits takes a call that waits for one of the camera's descriptors, and
// passes any other on.
func (c *Camera) waits(one *call) *waiting {
	w := &waiting{call: one}
	switch one.number {
	case unix.SYS_POLL, unix.SYS_PPOLL:
		w.fd = c.polled(one)
	default:
		w.fd = c.selected(one)
	}
	if w.fd < 0 {
		one.pass()
		return nil
	}
	w.h = c.open[w.fd]
	limit, bounded := time.Duration(int32(one.args[2]))*time.Millisecond, int32(one.args[2]) >= 0
	if one.number != unix.SYS_POLL {
		limit, bounded = one.timeout()
	}
	if bounded {
		w.deadline = now().Add(limit)
	}
	return w
}

// timeout reads that of ppoll, select and pselect6; false where there is none.
func (c *call) timeout() (time.Duration, bool) {
	address, unit := c.args[4], time.Nanosecond
	switch c.number {
	case unix.SYS_PPOLL:
		address = c.args[2]
	case unix.SYS_SELECT:
		unit = time.Microsecond
	}
	var b [16]byte
	if address == 0 || !c.read(address, b[:]) {
		return 0, false
	}
	return time.Duration(order.Uint64(b[:]))*time.Second + time.Duration(order.Uint64(b[8:]))*unit, true
}

// polled finds the camera among a poll's descriptors; -1 where it is not.
func (c *Camera) polled(one *call) int {
	if one.args[1] == 0 || one.args[1] > longest || len(c.open) == 0 {
		return -1
	}
	fds := make([]byte, 8*one.args[1])
	if !one.read(one.args[0], fds) {
		return -1
	}
	for ; len(fds) > 0; fds = fds[8:] {
		fd := int(int32(order.Uint32(fds)))
		if _, ok := c.open[fd]; ok {
			return fd
		}
	}
	return -1
}

// selected finds it in the set of those that are to be readable.
func (c *Camera) selected(one *call) int {
	if len(c.open) == 0 || one.args[1] == 0 {
		return -1
	}
	var set [1024 / 8]byte
	size := setSize(one)
	if size > len(set) || !one.read(one.args[1], set[:size]) {
		return -1
	}
	for fd := range c.open {
		if fd < 8*size && set[fd/8]>>(fd%8)&1 == 1 {
			return fd
		}
	}
	return -1
}

// setSize is how many bytes of a set of descriptors the call uses.
func setSize(one *call) int { return (int(one.args[0]) + 63) / 64 * 8 }

// settle answers w if the camera is ready, or the time is over.
func (c *Camera) settle(w *waiting, at time.Time) bool {
	broken := c.dead(w.h) || w.h.failure != 0 && len(w.h.filled) == 0
	ready := broken || len(w.h.filled) > 0
	if !ready && (w.deadline.IsZero() || at.Before(w.deadline)) {
		return false
	}
	count := 0
	if ready {
		count = 1
	}
	if w.number == unix.SYS_POLL || w.number == unix.SYS_PPOLL {
		w.events(ready, broken)
	} else {
		w.sets(ready, broken)
	}
	w.answer(count)
	return true
}

// events writes what poll returns.
func (w *waiting) events(ready, broken bool) {
	fds := make([]byte, 8*w.args[1])
	if !w.read(w.args[0], fds) {
		return
	}
	for at := 0; at < len(fds); at += 8 {
		events := 0
		if ready && int(int32(order.Uint32(fds[at:]))) == w.fd {
			events = unix.POLLIN
			if broken {
				events |= unix.POLLERR
			}
			if broken && w.h.failure == 0 {
				events |= unix.POLLHUP
			}
		}
		order.PutUint16(fds[at+6:], uint16(events))
	}
	_ = w.write(w.args[0], fds) // it has gone if this fails
}

// sets writes what select returns.
func (w *waiting) sets(ready, broken bool) {
	size := setSize(w.call)
	for i := 1; i <= 3; i++ {
		if w.args[i] == 0 {
			continue
		}
		set := make([]byte, size)
		if ready && (i == 1 || i == 3 && broken) {
			set[w.fd/8] |= 1 << (w.fd % 8)
		}
		_ = w.write(w.args[i], set) // it has gone if this fails
	}
}
