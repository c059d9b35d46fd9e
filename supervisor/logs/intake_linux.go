package logs

import (
	"bytes"
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// intake reads the FIFO without losing a byte. It copies a batch through a second pipe
// (tee(2)) and then lets the kernel move it into the file (splice(2)). At every moment
// a byte is either in the FIFO or in the file. So a kill of the supervisor, by any
// signal, neither loses nor doubles a line.
//
// From a terminal it simply reads: the terminal is gone with the supervisor anyway.
type intake struct {
	fifo   *os.File // or the terminal
	batch  int      // how much is taken at a time, in bytes at most
	read   []byte   // where to, of the terminal
	conn   syscall.RawConn
	r, w   *os.File // the second pipe; nil for a terminal
	splice bool     // false: the file's system does not take part
}

func newIntake(fifo *os.File, terminal bool) (*intake, error) {
	if terminal {
		return &intake{fifo: fifo, batch: batchSize, read: make([]byte, batchSize)}, nil
	}
	conn, err := fifo.SyscallConn()
	if err != nil {
		return nil, err
	}
	in := &intake{fifo: fifo, batch: batchSize, conn: conn, splice: true}
	if in.r, in.w, err = os.Pipe(); err != nil {
		return nil, err
	}
	return in, nil
}

// peek waits for bytes and copies them, without removing them. The copy is the
// caller's. It is allocated only when there is something to copy, since most services
// rarely write. Errors are those of a read of the FIFO, such as
// os.ErrDeadlineExceeded.
func (in *intake) peek() ([]byte, error) {
	if in.r == nil {
		n, err := in.fifo.Read(in.read[:in.batch])
		return bytes.Clone(in.read[:n]), err
	}
	var n int
	var teeErr error
	err := in.conn.Read(func(fd uintptr) bool {
		copied, err := unix.Tee(int(fd), int(in.w.Fd()), in.batch, unix.SPLICE_F_NONBLOCK)
		// On 32-bit machines x/sys takes a second register for the upper half of
		// the result, in which the kernel leaves what was there.
		n, teeErr = int(int32(copied)), err
		return !errors.Is(teeErr, unix.EAGAIN)
	})
	if err == nil {
		err = teeErr
	}
	if errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	if err != nil || n == 0 {
		return nil, err
	}
	buf := make([]byte, n)
	got := 0
	for got < n {
		m, err := unix.Read(int(in.r.Fd()), buf[got:n])
		if err != nil && !errors.Is(err, unix.EINTR) {
			return nil, os.NewSyscallError("read", err)
		}
		got += max(m, 0)
	}
	return buf, nil
}

// move is a put that takes part out of the FIFO, whose next bytes it is.
func (in *intake) move(f *os.File, at int64, part []byte) (int, error) {
	if in.r == nil {
		return plainly(f, at, part)
	}
	if !in.splice {
		return in.replace(f, at, part)
	}
	done := 0
	for done < len(part) {
		n, err := in.spliceTo(f, at+int64(done), len(part)-done)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EINVAL) && done == 0:
			in.splice = false
			return in.move(f, at, part)
		case err != nil:
			return done, &os.PathError{Op: "write", Path: f.Name(), Err: err}
		default:
			done += n
		}
	}
	return done, nil
}

// replace is a put that writes part in the place of as many bytes in the FIFO.
func (in *intake) replace(f *os.File, at int64, part []byte) (int, error) {
	n, err := plainly(f, at, part)
	in.discard(n)
	return n, err
}

func (in *intake) spliceTo(f *os.File, at int64, size int) (n int, err error) {
	ctlErr := in.conn.Control(func(fd uintptr) {
		moved, spliceErr := unix.Splice(int(fd), nil, int(f.Fd()), &at, size, unix.SPLICE_F_NONBLOCK)
		n, err = int(moved), spliceErr
	})
	if ctlErr != nil {
		return 0, ctlErr
	}
	return n, err
}

// discard takes the next n bytes out of the FIFO.
func (in *intake) discard(n int) {
	if in.r == nil {
		return
	}
	buf := make([]byte, min(n, batchSize))
	for n > 0 {
		var got int
		var err error
		ctlErr := in.conn.Control(func(fd uintptr) { got, err = unix.Read(int(fd), buf[:min(n, len(buf))]) })
		if ctlErr != nil || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		n -= max(got, 0)
	}
}

func (in *intake) close() {
	_ = in.fifo.Close()
	if in.r != nil {
		_ = in.r.Close()
		_ = in.w.Close()
	}
}
