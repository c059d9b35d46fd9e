package listener

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// AwaitClient returns when a client waits in the queue. It changes nothing
// about the socket, and leaves the client where it is. Until one comes, it
// needs no thread and no time of the processor.
func (l *Listener) AwaitClient(ctx context.Context) error {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("cannot wait for clients: %w", err)
	}
	// Go's own poller watches that one: epoll(7) descriptors can be nested.
	err = errors.Join(unix.SetNonblock(epoll, true),
		unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, l.File.FD(), &unix.EpollEvent{Events: unix.EPOLLIN}))
	file := os.NewFile(uintptr(epoll), "clients of "+l.Addr)
	defer file.Close()
	if err != nil {
		return fmt.Errorf("cannot wait for clients: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = file.SetDeadline(time.Unix(1, 0)) })()
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	err = raw.Read(func(fd uintptr) bool {
		n, err := unix.EpollWait(int(fd), make([]unix.EpollEvent, 1), 0)
		return n > 0 || err != nil && !errors.Is(err, unix.EINTR)
	})
	return errors.Join(ctx.Err(), err)
}
