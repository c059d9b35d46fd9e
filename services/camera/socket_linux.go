package camera

import (
	"crypto/tls"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// socket writes to a TCP or unix connection without waiting for it.
type socket struct {
	raw    syscall.RawConn
	buffer interface{ SetWriteBuffer(int) error }
	sized  int // the frame that the send buffer was made for, in bytes
	tcp    bool
	sent   func(n int) // counts bytes that bypass the server; may be nil

	pieces [][]byte // of the current write
	n      int
	err    error
	ready  bool
	write  func(fd uintptr) bool
}

// unsentAtMost is how many unsent bytes of older frames may be in the kernel
// when the next frame begins. More means that the client is behind.
const unsentAtMost = 16 << 10

// directWriter returns a viewer's direct for conn. It is nil for TLS, and for
// connections that are not sockets.
func directWriter(conn net.Conn) func(pieces [][]byte, size int) (int, bool) {
	var sent func(n int)
	for {
		if _, encrypted := conn.(*tls.Conn); encrypted {
			return nil
		}
		if c, ok := conn.(interface{ Sent(n int) }); ok && sent == nil {
			sent = c.Sent
		}
		wrapped, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = wrapped.NetConn()
	}
	plain, ok := conn.(interface {
		syscall.Conn
		SetWriteBuffer(int) error
	})
	if !ok {
		return nil
	}
	raw, err := plain.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{raw: raw, buffer: plain, sent: sent}
	_, s.tcp = conn.(*net.TCPConn)
	s.write = func(fd uintptr) bool {
		s.attempt(int(fd))
		return true // never wait
	}
	return s.direct
}

func (s *socket) direct(pieces [][]byte, size int) (n int, ready bool) {
	// The kernel's buffer holds about one frame. Linux would let it grow to 4 MiB,
	// which is seconds of old frames for a client that reads 1 MB/s. (Linux doubles
	// the requested size for its own records.)
	if size > s.sized {
		s.sized = size + size/4
		// Best effort: without it, only slow clients' frames get older.
		_ = s.buffer.SetWriteBuffer(s.sized*3/4 + unsentAtMost)
	}
	s.pieces, s.n, s.err, s.ready = pieces, 0, nil, true
	if err := s.raw.Write(s.write); err != nil {
		return 0, true // the viewer's goroutine gets the error
	}
	s.pieces = nil
	if s.sent != nil && s.n > 0 {
		s.sent(s.n)
	}
	return s.n, s.ready
}

// attempt writes with one writev(2).
func (s *socket) attempt(fd int) {
	if s.tcp {
		if unsent, err := unix.IoctlGetInt(fd, unix.SIOCOUTQNSD); err == nil && unsent > unsentAtMost {
			s.ready = false
			return
		}
	}
	for {
		n, err := unix.Writev(fd, s.pieces)
		switch err {
		case nil:
			s.n = n
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			s.ready = false
		}
		return // the viewer's goroutine gets any other error
	}
}
