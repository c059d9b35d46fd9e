//go:build unix

// Package descriptor holds open descriptors that only wait to be passed on. In an
// os.File, Go's poller would watch a socket. Then each client of a listener would wake
// a process that has no use for it.
package descriptor

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// Descriptor is an open descriptor, closed on exec. Its methods are safe for
// concurrent use but for Close, after which only Close may be called.
type Descriptor struct {
	fd   int
	once sync.Once
}

// New takes a descriptor.
func New(fd int) *Descriptor {
	unix.CloseOnExec(fd)
	return &Descriptor{fd: fd}
}

// Of copies the descriptor of a connection, a listener or a file.
func Of(c syscall.Conn) (*Descriptor, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	var d *Descriptor
	var failed error
	err = raw.Control(func(fd uintptr) { d, failed = copyOf(int(fd)) })
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return d, nil
}

func copyOf(fd int) (*Descriptor, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, explain.Errorf("no-descriptors", "cannot copy a descriptor: %w", err)
	}
	return &Descriptor{fd: copied}, nil
}

// Copy is another descriptor of the same thing.
func (d *Descriptor) Copy() (*Descriptor, error) { return copyOf(d.fd) }

// Same tells whether both are of the same open file or socket.
func (d *Descriptor) Same(as *Descriptor) bool {
	var a, b unix.Stat_t
	return unix.Fstat(d.fd, &a) == nil && unix.Fstat(as.fd, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// FD is its number.
func (d *Descriptor) FD() int { return d.fd }

// File gives the descriptor away, to the packages that need an os.File.
func (d *Descriptor) File(name string) *os.File {
	fd := d.fd
	d.once.Do(func() {})
	return os.NewFile(uintptr(fd), name)
}

// Close closes it; the second time it does nothing.
func (d *Descriptor) Close() {
	d.once.Do(func() { _ = unix.Close(d.fd) }) // nothing was written through it
}

// StopListening ends a TCP listener for all who have a copy of it, here and in
// other processes: clients are refused, and its port is free for whoever sets
// SO_REUSEADDR, as servers do. On Linux only; elsewhere it is an error, and the
// port is free when the last copy is closed.
func (d *Descriptor) StopListening() error { return unix.Shutdown(d.fd, unix.SHUT_RD) }

// ListensOn is the address on which a TCP listener accepts.
func (d *Descriptor) ListensOn() (netip.AddrPort, error) {
	if on, err := unix.GetsockoptInt(d.fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || on == 0 {
		return netip.AddrPort{}, errors.Join(errors.New("expected a listener"), err)
	}
	name, err := unix.Getsockname(d.fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(name.Addr), uint16(name.Port)), nil
	}
	return netip.AddrPort{}, fmt.Errorf("expected a TCP listener, got %T", name)
}
