//go:build unix && !linux

package listener

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

// awaitPace is how often the queue is looked at.
const awaitPace = 100 * time.Millisecond

// AwaitClient returns when a client waits in the queue. It changes nothing
// about the socket, and leaves the client where it is.
func (l *Listener) AwaitClient(ctx context.Context) error {
	look := time.NewTicker(awaitPace)
	defer look.Stop()
	for {
		ends := []unix.PollFd{{Fd: int32(l.File.FD()), Events: unix.POLLIN}}
		if n, err := unix.Poll(ends, 0); err == nil && n > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}
