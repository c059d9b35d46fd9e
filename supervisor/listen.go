//go:build unix

package supervisor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/portholder"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// listener is a service's socket, open for as long as the service exists:
// while no process accepts, its clients wait in the kernel's queue.
type listener struct {
	file *descriptor.Descriptor
	addr string // host:port
	port int
	left func() (last bool) // when it is closed: whether no other replica has it; nil when it is nobody else's
}

// listen opens the socket. Port 0 takes a free one.
func listen(bind string, port int) (*listener, error) {
	network := "tcp"
	if bind == "0.0.0.0" {
		network = "tcp4"
	}
	if bind == "::" {
		bind = "" // all interfaces also where the kernel has no IPv6
	}
	want := net.JoinHostPort(bind, strconv.Itoa(port))
	ln, err := net.Listen(network, want)
	if err != nil {
		return nil, explainListen(network, want, port, err)
	}
	defer ln.Close() // what is kept is a descriptor of its own
	tcp := ln.(*net.TCPListener)
	file, err := descriptor.Of(tcp)
	if err != nil {
		return nil, fmt.Errorf("cannot keep the socket of %s: %w", want, err)
	}
	addr := tcp.Addr().(*net.TCPAddr)
	return &listener{file: file, addr: addr.String(), port: addr.Port}, nil
}

func explainListen(network, addr string, port int, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		if holder, ok := portholder.Find(network, addr); ok {
			return fmt.Errorf("port %d is in use by %s (pid %d)", port, holder.Name, holder.PID)
		}
		return fmt.Errorf("port %d is in use by another program", port)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %d needs admin rights; choose one from 1024 on", port)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("no interface of this machine has the address of %s", addr)
	}
	return fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// inheritListener makes a listener of a descriptor, which it takes.
func inheritListener(file *descriptor.Descriptor) (*listener, error) {
	addr, err := file.ListensOn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &listener{file: file, addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()).String(), port: int(addr.Port())}, nil
}

// close leaves it to the processes that have it.
func (l *listener) close() {
	if l == nil { // of a service that has no port
		return
	}
	l.file.Close()
	if l.left != nil {
		l.left()
	}
}

// end ends it for everybody. The keeper has a copy until it has heard that it
// is to let go, and so has any process that is just being started, until its
// exec: the port is free all the same when this returns.
func (l *listener) end() {
	if l == nil {
		return
	}
	if l.left == nil || l.left() {
		_ = l.file.StopListening() // where that is not possible, the last of them frees it soon
	}
	l.file.Close()
}
