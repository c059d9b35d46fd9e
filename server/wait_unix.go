//go:build unix

package server

import (
	"io"
	"syscall"
)

// idleReader reads from a connection without a buffer of its own: it takes one
// only when there is something to read, so that an idle connection holds none.
type idleReader struct {
	raw     syscall.RawConn
	try     func(fd uintptr) bool // kept: a closure for each read would be garbage
	buffers *buffers
	in      *input
	err     error
}

// newIdleReader returns nil when nc is no connection of the system's.
func newIdleReader(nc any, b *buffers) *idleReader {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	r := &idleReader{raw: raw, buffers: b}
	r.try = r.once
	return r
}

// read waits for bytes and returns them, or the error that ended the wait.
func (r *idleReader) read() (*input, error) {
	r.in, r.err = nil, nil
	if err := r.raw.Read(r.try); err != nil {
		return nil, err
	}
	in := r.in
	r.in = nil
	return in, r.err
}

// once reports false when there is nothing yet.
func (r *idleReader) once(fd uintptr) bool {
	in := r.buffers.input()
	for {
		n, err := syscall.Read(int(fd), in.b[:])
		switch {
		case err == syscall.EINTR:
			continue
		case n > 0:
			in.w = n
			r.in = in
			return true
		}
		r.buffers.inputs.Put(in)
		if err == syscall.EAGAIN {
			return false
		}
		if r.err = err; err == nil {
			r.err = io.EOF
		}
		return true
	}
}

// unread tells whether bytes have arrived that are still unread.
func (r *idleReader) unread() bool {
	if r == nil {
		return false
	}
	n := 0
	err := r.raw.Control(func(fd uintptr) {
		var first [1]byte
		for {
			var err error
			if n, _, err = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT); err != syscall.EINTR {
				return
			}
		}
	})
	return err == nil && n > 0
}
