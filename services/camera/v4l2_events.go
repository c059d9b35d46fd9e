//go:build linux

package camera

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// events waits for a device with the descriptors that Go's runtime waits for.
// A goroutine in poll(2) would keep a thread, and would have the runtime look
// for it and hand its processor on with each frame: that took as long as
// sending the frame.
type events struct {
	file   *os.File // it is the node's
	raw    syscall.RawConn
	missed int // frames that were there without an event
	try    func() (done bool, err error)
	err    error
	ready  func(fd uintptr) bool
}

// missedAtMost is how many frames may come without an event. Some drivers
// (v4l2loopback) forget those who wait when there is a frame already, and
// have to be asked by poll.
const missedAtMost = 1

// watch makes the node wait by events, where the device can be waited for so.
// A driver's events are complete only after it was started.
func (n *node) watch() {
	n.file = os.NewFile(uintptr(n.fd), n.path) // its descriptor does not wait, so it is registered
	if n.file.SetReadDeadline(time.Time{}) != nil {
		return // it was not
	}
	raw, err := n.file.SyscallConn()
	if err != nil {
		return
	}
	e := &events{file: n.file, raw: raw}
	e.ready = func(uintptr) bool {
		var done bool
		done, e.err = e.try()
		return done || e.err != nil
	}
	n.events = e
}

// until calls try, and again each time that the device has something, until it
// is done or fails, or ctx ends, which is noticed within pollMilliseconds.
func (e *events) until(ctx context.Context, try func() (done bool, err error)) error {
	e.try, e.err = try, nil
	for {
		if err := e.file.SetReadDeadline(time.Now().Add(pollMilliseconds * time.Millisecond)); err != nil {
			return err
		}
		err := e.raw.Read(e.ready)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return errors.Join(err, e.err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		done, err := try()
		if done {
			e.missed++
		}
		if done || err != nil {
			return err
		}
	}
}
