//go:build unix

// Package takeover holds the listening sockets of programs that know nothing
// of it. The launcher (package filter) has the kernel report every bind(2) and
// listen(2) of a service's processes. Ports answers them: it keeps a copy of
// each listener, gives that to the next process of the service, and steers
// clients from a process to its successor.
//
// Clients of a service that crashed wait in the listener's queue instead of
// being refused. docs/decisions/011-port-takeover.md tells how and why.
package takeover

import (
	"errors"
	"net/netip"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// Reason says why a process runs without takeover; see package filter.
type Reason = filter.Reason

// ErrUnsupported is the error of systems and processors without takeover;
// Probe tells which of both it is.
var ErrUnsupported = errors.New("port takeover needs Linux on amd64, arm64, arm or riscv64")

// ErrNoHandover says that no launch is about to take over.
var ErrNoHandover = errors.New("no launch is about to take over")

// Probe tells whether this machine lets this process take over ports. It
// costs about a millisecond.
func Probe() Reason { return filter.Probe() }

// Keeper stores descriptors that must outlive this process, by name.
// A keeper.Store is one. Its methods are called with Ports locked.
type Keeper interface {
	Keep(name string, d *descriptor.Descriptor) error
	Drop(name string) error
}

// Config is what Ports needs to know of its service.
type Config struct {
	// Prefix begins the names under which the keeper stores this service's
	// descriptors. It has no colon, and no other service's prefix begins
	// with it.
	Prefix string
	// Keeper is nil when nothing outlives this process.
	Keeper Keeper
	// Members lists the processes of a launch. It is called with Ports locked,
	// from any goroutine, and must not call Ports. Nil knows of none: then a
	// listener is never seen as closed.
	Members func(launch int) []int
}

// Address is where a socket is bound. Addresses are comparable.
type Address struct {
	Network string         // tcp, udp or unix; for other families listen names none
	IP      netip.AddrPort // of tcp and udp; IPv4 and IPv6 sockets differ, 0.0.0.0 is not ::
	V6Only  bool           // an IPv6 socket that has no IPv4 clients
	Path    string         // of unix; @ begins an abstract one
}

// String is host:port, or unix:path.
func (a Address) String() string {
	if a.Network == "unix" {
		return "unix:" + a.Path
	}
	return a.IP.String()
}

// Overlaps reports whether the kernel refuses to bind one address while the
// other is bound.
func (a Address) Overlaps(b Address) bool {
	if a.Network != b.Network || a.Network == "unix" || a.IP.Port() != b.IP.Port() {
		return false
	}
	x, y := a.IP.Addr(), b.IP.Addr()
	if x.Is4() == y.Is4() {
		return x == y || x.IsUnspecified() || y.IsUnspecified()
	}
	v6 := b
	if y.Is4() {
		x, y, v6 = y, x, a
	}
	return !v6.V6Only && (y.IsUnspecified() || y.Is4In6() && (x.IsUnspecified() || x == y.Unmap()))
}

// Kind is what an Event tells.
type Kind string

// The kinds of events.
const (
	// Listening: a process listens on Address. It is ready, if nothing else
	// tells so.
	Listening Kind = "listening"
	// Moved: a process asked for Asked and got the socket of Address, which
	// the supervisor opened for it.
	Moved Kind = "moved"
	// InUse: a process asked for Address, which another one has; Holder is
	// that one's pid, or 0 when it is unknown.
	InUse Kind = "in_use"
	// Refused: a process asked for Address and the kernel refused it with Err.
	Refused Kind = "refused"
	// Stranger: process Holder shares Address, which the service listens on.
	// Strangers get no clients during a handover.
	Stranger Kind = "stranger"
	// Closed: the program closed the listener of Address and goes on without it.
	Closed Kind = "closed"
	// Unable: this process cannot be taken over, for Reason.
	Unable Kind = "unable"
	// Failure: Err happened to the supervisor; the program goes on.
	Failure Kind = "failure"
)

// Event tells what happened to a service's ports.
type Event struct {
	Kind    Kind
	Launch  int
	PID     int // of the process that called; 0 when none did
	Address Address
	Asked   Address
	Held    bool // of Listening: the listener outlives the process
	Holder  int
	Reason  Reason
	Err     error
}

// Listener is a socket that Ports holds.
type Listener struct {
	Address Address
	Launch  int    // that opened it; 0: the supervisor did
	Inode   uint32 // as package sockdiag knows it
	Next    bool   // it belongs to the process that is about to take over
}

// closedAfter is how long a listener may be without an owner in a program that
// runs, before the program counts as having closed it. Programs that reload
// themselves need a few seconds.
const closedAfter = 10 * time.Second
