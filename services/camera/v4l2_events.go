//go:build linux

package camera

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// events waits for a device with the runtime's poller. A goroutine in poll(2)
// blocks a thread. The runtime then moves its processor to another thread for each
// frame, which took as long as sending the frame.
type events struct {
	file   *os.File // belongs to the node
	raw    syscall.RawConn
	missed int // frames that arrived without an event
	try    func() (done bool, err error)
	err    error
	ready  func(fd uintptr) bool
}

// maxMissed is how many frames may arrive without an event. Some drivers
// (v4l2loopback) send no event if there is a frame already; they need poll.
const maxMissed = 1

// watch makes the node wait by events, if the device supports that. The stream
// must have started: before that, drivers omit events.
func (n *node) watch() {
	n.file = os.NewFile(uintptr(n.fd), n.path) // the descriptor is non-blocking, so the poller takes it
	if n.file.SetReadDeadline(time.Time{}) != nil {
		return // the poller did not take it
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

// until calls try at each event of the device, until it is done or fails, or ctx
// ends. It notices the end of ctx within pollMilliseconds.
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
