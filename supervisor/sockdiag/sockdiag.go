// Package sockdiag asks the kernel about sockets over NETLINK_SOCK_DIAG: which
// ones listen, how long their accept queues are, what became of their
// connections. It needs no rights. Only Linux has it; elsewhere every call
// fails with ErrUnsupported.
package sockdiag

import (
	"errors"
	"net/netip"
	"time"
)

// ErrUnsupported is the error of every call on systems other than Linux.
var ErrUnsupported = errors.New("only Linux tells about sockets")

// State is a TCP state, numbered as the kernel does.
type State uint8

// The states of TCP that have a use here. A UDP socket is Established when it
// is connected and Closed when it is not.
const (
	Established State = 1
	SynReceived State = 3
	Closed      State = 7
	CloseWait   State = 8
	Listen      State = 10

	finWait1 State = 4
	finWait2 State = 5
	lastAck  State = 9
	closing  State = 11
)

// Protocol is a transport protocol, by its IP number.
type Protocol uint8

// The protocols.
const (
	TCP Protocol = 6
	UDP Protocol = 17
)

// Socket is one TCP or UDP socket at the moment of a dump.
type Socket struct {
	Protocol      Protocol
	State         State
	V6            bool // its family is AF_INET6
	V6Only        bool // meaningful for a listener, and for a UDP socket that is not connected
	Local, Remote netip.AddrPort
	Inode         uint32 // 0: no process has it, as in an accept queue
	UID           uint32 // of its owner
	Cookie        uint64 // the value of SO_COOKIE: unique while the machine runs
	// Receive and Send are queue lengths in bytes. For a listener they are the
	// length of the accept queue and its limit.
	Receive, Send uint32
	// Interface is the index of the interface that it is bound to, or 0.
	Interface uint32
	Info      Info // when asked for, of TCP connections
}

// Info is what TCP_INFO tells of a connection.
type Info struct {
	Known        bool
	Acked        uint64        // bytes that the peer has acknowledged; one more after a FIN
	Received     uint64        // bytes from the peer
	LastSent     time.Duration // since the last data were sent, or since it was opened
	LastReceived time.Duration // since the last data came, or since it was opened
	RTT          time.Duration // smoothed
}

// Query selects the sockets of a dump.
type Query struct {
	Protocol Protocol
	States   []State
	Port     uint16 // local; 0: any
	Info     bool   // with Socket.Info
}

// UnixSocket is a unix socket that listens.
type UnixSocket struct {
	Path    string // an abstract one begins with @
	Inode   uint32
	Waiting uint32 // in its accept queue
}
