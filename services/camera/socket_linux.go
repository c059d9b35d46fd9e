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
	sized  int // the picture that the send buffer was made for, in bytes
	tcp    bool
	sent   func(n int) // counts what was written past the server; may be nil

	pieces [][]byte // of the write at hand
	n      int
	err    error
	ready  bool
	write  func(fd uintptr) bool
}

// unsentAtMost is how much of older pictures may still wait in the kernel when
// the next one begins, in bytes. More means that the client is behind.
const unsentAtMost = 16 << 10

// directWriter returns a viewer's direct for conn, or nil where bytes written
// to the socket would not be the client's (TLS), or it is no socket.
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
	// The kernel's buffer holds about one picture. Linux would let it grow to
	// 4 MiB, which is seconds of old pictures for a client that takes 1 MB/s.
	// (It doubles what is asked for, to have room for its own records.)
	if size > s.sized {
		s.sized = size + size/4
		_ = s.buffer.SetWriteBuffer(s.sized*3/4 + unsentAtMost) // without it, only slow clients' pictures get older
	}
	s.pieces, s.n, s.err, s.ready = pieces, 0, nil, true
	if err := s.raw.Write(s.write); err != nil {
		return 0, true // let the client's goroutine find out why
	}
	s.pieces = nil
	if s.sent != nil && s.n > 0 {
		s.sent(s.n)
	}
	return s.n, s.ready
}

// attempt does what one writev(2) can do.
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
		return // after any other error the client's goroutine finds out
	}
}
