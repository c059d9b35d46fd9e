//go:build unix

// Package listener opens the sockets on which services listen, and shares one
// among the replicas of a service.
package listener

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/portholder"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Listener is a listening socket that the supervisor holds for a service: while
// no process accepts, clients wait in the kernel's queue.
type Listener struct {
	File *descriptor.Descriptor
	Addr string // host:port
	Port int

	// leave gives up this copy of a shared socket and tells whether it was the
	// last; nil for a socket that is not shared.
	leave func() (last bool)
}

// Listen opens a socket. Port 0 takes a free one.
func Listen(bind string, port int) (*Listener, error) {
	network := "tcp"
	if bind == "0.0.0.0" {
		network = "tcp4"
	}
	if bind == "::" {
		bind = "" // all interfaces, also where the kernel has no IPv6
	}
	want := net.JoinHostPort(bind, strconv.Itoa(port))
	ln, err := net.Listen(network, want)
	if err != nil {
		return nil, describe(network, want, port, err)
	}
	defer ln.Close() // the copy below stays open
	tcp := ln.(*net.TCPListener)
	file, err := descriptor.Of(tcp)
	if err != nil {
		return nil, fmt.Errorf("cannot keep the socket of %s: %w", want, err)
	}
	addr := tcp.Addr().(*net.TCPAddr)
	return &Listener{File: file, Addr: addr.String(), Port: addr.Port}, nil
}

func describe(network, addr string, port int, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		if holder, ok := portholder.Find(network, addr); ok {
			return explain.Errorf("port-taken", "port %d is in use by %s (pid %d)", port, holder.Name, holder.PID)
		}
		return explain.Errorf("port-taken", "port %d is in use by another program", port)
	case errors.Is(err, syscall.EACCES):
		return explain.Errorf("low-port", "port %d needs admin rights; choose one from 1024 on", port)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return explain.Errorf("address-missing", "no interface of this machine has the address of %s", addr)
	}
	return fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// Shared tells whether replicas of the service have the same socket.
func (l *Listener) Shared() bool { return l.leave != nil }

// inherit makes a listener of a descriptor, which it owns from then on.
func inherit(file *descriptor.Descriptor) (*Listener, error) {
	addr, err := file.ListensOn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &Listener{File: file, Addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()).String(),
		Port: int(addr.Port())}, nil
}

// Close closes this copy; processes that have their own continue. It does
// nothing on a nil listener.
func (l *Listener) Close() {
	if l == nil {
		return
	}
	l.File.Close()
	if l.leave != nil {
		l.leave()
	}
}

// End stops listening for every holder of the socket, unless another replica
// uses it. The port is free when End returns, although the keeper, and a
// process between fork and exec, may hold a copy for a moment longer. It does
// nothing on a nil listener.
func (l *Listener) End() {
	if l == nil {
		return
	}
	if l.leave == nil || l.leave() {
		_ = l.File.StopListening() // where that is not possible, the last close frees the port
	}
	l.File.Close()
}
