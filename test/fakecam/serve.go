//go:build linux && amd64

package fakecam

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

func now() time.Time { return time.Now() }

// waiting is a call that waits for the camera: poll, select and their like.
type waiting struct {
	*call
	h        *handle
	fd       int
	deadline time.Time // zero: for ever
}

// serve answers the program's calls until no thread of it is left.
func (c *Camera) serve(listener int) {
	calls := make(chan *call)
	go func() {
		defer close(calls)
		for {
			one, ok := next(listener)
			if !ok {
				return
			}
			calls <- one
		}
	}()
	c.mu.Lock()
	c.poke = make(chan struct{}, 1)
	c.open = map[int]*handle{}
	c.mu.Unlock()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var waits []*waiting
	for {
		select {
		case one, ok := <-calls:
			if !ok {
				c.mu.Lock()
				for fd, h := range c.open {
					h.close()
					delete(c.open, fd)
				}
				c.mu.Unlock()
				_ = unix.Close(listener)
				return
			}
			c.mu.Lock()
			if w := c.handle(one); w != nil {
				waits = append(waits, w)
			}
			c.mu.Unlock()
		case <-timer.C:
		case <-c.poke:
		}
		c.mu.Lock()
		at := now()
		next, pending := c.tick(at)
		waits = slices.DeleteFunc(waits, func(w *waiting) bool { return c.settle(w, at) })
		c.mu.Unlock()
		for _, w := range waits {
			if !w.deadline.IsZero() && (!pending || w.deadline.Before(next)) {
				next, pending = w.deadline, true
			}
		}
		if pending {
			timer.Reset(max(0, time.Until(next)))
		} else {
			timer.Reset(time.Hour)
		}
	}
}

// handle answers a call, or returns it as one that waits.
func (c *Camera) handle(one *call) *waiting {
	switch one.number {
	case unix.SYS_OPENAT:
		c.openat(one)
	case unix.SYS_CLOSE:
		if h, ok := c.open[int(int32(one.args[0]))]; ok {
			h.close()
			delete(c.open, int(int32(one.args[0])))
		}
		one.pass()
	case unix.SYS_IOCTL:
		h, ok := c.open[int(int32(one.args[0]))]
		if !ok {
			one.pass()
			return nil
		}
		request := uint32(one.args[1])
		arg := make([]byte, request>>16&0x3FFF)
		switch {
		case len(arg) == 0:
			one.fail(unix.ENOTTY)
		case !one.read(one.args[2], arg):
			one.fail(unix.EFAULT)
		default:
			errno := c.ioctl(one, h, int(request&0xFF), arg)
			h.signal(c.dead(h))
			if errno != 0 {
				one.fail(errno)
			} else if !one.write(one.args[2], arg) {
				one.fail(unix.EFAULT)
			} else {
				one.answer(0)
			}
		}
	case unix.SYS_EPOLL_CTL:
		h, ok := c.open[int(int32(one.args[2]))]
		if !ok {
			one.pass()
			return nil
		}
		if errno := h.register(one); errno != 0 {
			one.fail(errno)
		} else {
			one.answer(0)
		}
		h.signal(c.dead(h))
	default:
		return c.waits(one)
	}
	return nil
}

func (c *Camera) openat(one *call) {
	if !one.names(one.args[1], c.Path) {
		one.pass()
		return
	}
	if c.gone {
		one.fail(unix.ENOENT)
		return
	}
	if c.Refuses != nil {
		if errno := c.Refuses("open"); errno != 0 {
			one.fail(errno)
			return
		}
	}
	fd, err := unix.MemfdCreate("fakecam", unix.MFD_CLOEXEC)
	if err != nil {
		one.fail(unix.EIO)
		return
	}
	if one.args[2]&unix.O_NONBLOCK != 0 {
		_ = unix.SetNonblock(fd, true) // the memory does not wait; that a program sees it so is all
	}
	h := &handle{fd: fd, event: -1, born: c.unplugs, format: c.Formats[0].whole(), planar: c.Planar}
	theirs, ok := one.give(fd, one.args[2])
	if !ok {
		h.close()
		one.fail(unix.EIO) // lost with its thread, or the program has no descriptor left
		return
	}
	c.open[theirs] = h
	c.opened++
}
