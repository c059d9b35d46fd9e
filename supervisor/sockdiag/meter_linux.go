package sockdiag

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The states of connections that are not mere memories of one.
func connected() []State {
	return []State{Established, finWait1, finWait2, CloseWait, lastAck, closing}
}

// Sample looks at the connections that are open. Call it about once a second,
// from one goroutine, with a Conn of its own.
func (m *Meter) Sample(c *Conn) error {
	m.mu.Lock()
	m.begin()
	for _, all := range m.watched {
		for _, w := range all {
			w.queued = 0
		}
	}
	idle := len(m.watched) == 0
	m.mu.Unlock()
	if idle {
		return nil
	}
	err := c.Dump(Query{Protocol: TCP, States: connected(), Info: true}, func(s *Socket) {
		m.mu.Lock()
		m.seen(s)
		m.mu.Unlock()
	})
	err = errors.Join(err, c.Dump(Query{Protocol: TCP, States: []State{Listen}}, func(s *Socket) {
		m.mu.Lock()
		for _, w := range m.watched[s.Local.Port()] {
			if w.address == unmap(s.Local) {
				w.queued += int(s.Receive)
			}
		}
		m.mu.Unlock()
	}))
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil { // what was not seen has not ended
		m.sampling = false
		for cookie, e := range m.open {
			e.sample = m.sample
			m.open[cookie] = e
		}
		return err
	}
	m.finish()
	return nil
}

// queueSize is how many bytes of notifications may wait, about 3,000 of them.
const queueSize = 2 << 20

// Serve reads the kernel's notifications until ctx ends. Without it a Meter
// learns of a connection's end from its samples, and misses short ones.
func (m *Meter) Serve(ctx context.Context) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return fmt.Errorf("cannot listen for the ends of connections: %w", err)
	}
	groups := uint32(1<<(unix.SKNLGRP_INET_TCP_DESTROY-1) | 1<<(unix.SKNLGRP_INET6_TCP_DESTROY-1))
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("cannot listen for the ends of connections: %w", err)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, queueSize) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, queueSize) // as far as the system allows
	}
	file := os.NewFile(uintptr(fd), "ends of connections")
	defer file.Close()
	defer context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Unix(1, 0)) })()
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	buf := make([]byte, replySize)
	err = raw.Read(func(fd uintptr) bool {
		for ctx.Err() == nil {
			n, err := unix.Read(int(fd), buf)
			switch {
			case errors.Is(err, unix.EAGAIN):
				return false
			case errors.Is(err, unix.ENOBUFS):
				m.mu.Lock()
				m.gaps++
				m.mu.Unlock()
			case err == nil:
				m.notified(buf[:n])
			}
		}
		return true
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// notified reads one datagram of notifications.
func (m *Meter) notified(data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var s Socket
	for len(data) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(data))
		if size < unix.NLMSG_HDRLEN || size > len(data) {
			return
		}
		if parse(data[unix.NLMSG_HDRLEN:size], TCP, &s) {
			m.ended(&s)
		}
		data = data[min(align(size), len(data)):]
	}
}
