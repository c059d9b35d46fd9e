package sockdiag

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Conn is a connection to the kernel. It serves one caller at a time.
type Conn struct {
	fd  int
	seq uint32
	buf []byte
}

// replySize is enough for what the kernel puts into one datagram of a dump.
const replySize = 64 << 10

// Open connects to the kernel.
func Open() (*Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("cannot ask the kernel about sockets: %w", err)
	}
	// Every wait has an end, also for a kernel that does not answer.
	limit := unix.Timeval{Sec: 5}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return &Conn{fd: fd, buf: make([]byte, replySize)}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return unix.Close(c.fd) }

// errInterrupted says that sockets changed during a dump in a way that made
// the kernel skip some.
var errInterrupted = errors.New("the dump was interrupted")

// dump sends a request of family AF_INET, AF_INET6 or AF_UNIX and calls fn
// with the payload of each answer, which is valid during the call only.
func (c *Conn) dump(payload []byte, fn func([]byte)) error {
	c.seq++
	message := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(payload))
	binary.NativeEndian.PutUint32(message[0:], uint32(cap(message)))
	binary.NativeEndian.PutUint16(message[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(message[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(message[8:], c.seq)
	message = append(message, payload...)
	if err := unix.Sendto(c.fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("cannot ask the kernel about sockets: %w", err)
	}
	interrupted := false
	for {
		n, err := unix.Read(c.fd, c.buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("the kernel does not answer about sockets: %w", err)
		}
		done, err := messages(c.buf[:n], c.seq, &interrupted, fn)
		if err != nil {
			return fmt.Errorf("the kernel refuses to tell about sockets: %w", err)
		}
		if done && interrupted {
			return errInterrupted
		}
		if done {
			return nil
		}
	}
}

// messages walks one datagram.
func messages(data []byte, seq uint32, interrupted *bool, fn func([]byte)) (done bool, err error) {
	const dumpInterrupted = 0x10 // NLM_F_DUMP_INTR
	for len(data) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(data))
		if size < unix.NLMSG_HDRLEN || size > len(data) {
			return false, errors.New("its answer is cut off")
		}
		kind, flags := binary.NativeEndian.Uint16(data[4:]), binary.NativeEndian.Uint16(data[6:])
		body := data[unix.NLMSG_HDRLEN:size]
		mine := binary.NativeEndian.Uint32(data[8:]) == seq // else it answers a request that was given up
		switch {
		case !mine:
		case kind == unix.NLMSG_DONE:
			done = true
		case kind == unix.NLMSG_ERROR:
			if len(body) >= 4 {
				if code := int32(binary.NativeEndian.Uint32(body)); code != 0 {
					return true, unix.Errno(-code)
				}
			}
		default:
			if flags&dumpInterrupted != 0 {
				*interrupted = true
			}
			fn(body)
		}
		data = data[min(align(size), len(data)):]
	}
	return done, nil
}

func align(n int) int { return (n + 3) &^ 3 }

// attributes calls fn with each netlink attribute.
func attributes(data []byte, fn func(kind uint16, value []byte)) {
	for len(data) >= 4 {
		size := int(binary.NativeEndian.Uint16(data))
		if size < 4 || size > len(data) {
			return
		}
		fn(binary.NativeEndian.Uint16(data[2:]), data[4:size])
		data = data[min(align(size), len(data)):]
	}
}
