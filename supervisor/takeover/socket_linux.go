//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// socket is one that Ports holds. It is guarded by the lock of its Ports.
type socket struct {
	address Address
	file    *descriptor.Descriptor
	inode   uint32
	launch  int    // that opened it; 0: the supervisor did
	name    string // with the keeper; empty: it is not there
	passed  bool   // the program gets it as LISTEN_FDS
	shared  bool   // other services have it too
	// several says that the program lets its own processes open more sockets
	// for the same address.
	several bool
	// orphaned is since when no process of a running program has it.
	orphaned time.Time
	seenIn   int // the process of the current launch that had it when that was last asked; 0: unknown
}

// protocolOf tells tcp and udp sockets from all others, for which it is empty.
func protocolOf(fd int) string {
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil || domain != unix.AF_INET && domain != unix.AF_INET6 {
		return ""
	}
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return ""
	}
	protocol, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	switch {
	case err != nil:
	case kind == unix.SOCK_STREAM && (protocol == unix.IPPROTO_TCP || protocol == unix.IPPROTO_MPTCP):
		return "tcp"
	case kind == unix.SOCK_DGRAM && protocol == unix.IPPROTO_UDP:
		return "udp"
	}
	return ""
}

// addressOf is where a socket is bound; its port is 0 when it is not.
func addressOf(fd int) (Address, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return Address{}, err
	}
	a := Address{Network: protocolOf(fd)}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		a.IP = netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port))
	case *unix.SockaddrInet6:
		a.IP = netip.AddrPortFrom(withZone(netip.AddrFrom16(name.Addr), name.ZoneId), uint16(name.Port))
		a.V6Only = v6Only(fd)
	case *unix.SockaddrUnix:
		a = Address{Network: "unix", Path: name.Name}
	}
	return a, nil
}

func v6Only(fd int) bool {
	only, err := unix.GetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
	return err == nil && only != 0
}

func withZone(ip netip.Addr, index uint32) netip.Addr {
	if index == 0 {
		return ip
	}
	return ip.WithZone(strconv.Itoa(int(index)))
}

// inodeOf identifies an open socket.
func inodeOf(fd int) (uint32, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, err
	}
	return uint32(st.Ino), nil
}

// bindTo binds a socket of this process.
func bindTo(fd int, a Address) error {
	ip := a.IP.Addr()
	if ip.Is4() {
		return unix.Bind(fd, &unix.SockaddrInet4{Port: int(a.IP.Port()), Addr: ip.As4()})
	}
	zone, _ := strconv.ParseUint(ip.Zone(), 10, 32)
	return unix.Bind(fd, &unix.SockaddrInet6{Port: int(a.IP.Port()), Addr: ip.As16(), ZoneId: uint32(zone)})
}

// allowSharing lets sockets of the same user be bound to the same address, if
// they allow it too.
func allowSharing(fd int) error {
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

// sharing reports whether a socket allows others at its address.
func sharing(fd int) bool {
	on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT)
	return err == nil && on != 0
}

// inherited lists the options that a program may set before it binds and that
// its clients' connections inherit from the listener.
func inherited() [][2]int {
	return [][2]int{
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE}, {unix.SOL_SOCKET, unix.SO_PRIORITY}, {unix.SOL_SOCKET, unix.SO_RCVLOWAT},
		{unix.IPPROTO_TCP, unix.TCP_NODELAY}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}, {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT}, {unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT},
		{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT}, {unix.IPPROTO_TCP, unix.TCP_FASTOPEN},
	}
}

// copySettings makes one socket as the program has set up another one. What
// cannot be set stays as it is: the listener works all the same.
func copySettings(from, to int, nonblocking bool) error {
	for _, option := range inherited() {
		want, err := unix.GetsockoptInt(from, option[0], option[1])
		if err != nil {
			continue
		}
		if has, err := unix.GetsockoptInt(to, option[0], option[1]); err == nil && has != want {
			_ = unix.SetsockoptInt(to, option[0], option[1], want)
		}
	}
	return unix.SetNonblock(to, nonblocking)
}

// ephemeral reports whether the system may give out a port by itself.
func ephemeral(port uint16) bool {
	low, high := 32768, 60999
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, _ = fmt.Sscan(string(text), &low, &high)
	}
	return int(port) >= low && int(port) <= high
}

// privileged reports whether a port needs CAP_NET_BIND_SERVICE.
func privileged(port uint16) bool {
	first := 1024
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			first = n
		}
	}
	return int(port) < first
}

// newSocket opens a TCP socket as servers do, bound to an address. prepare is
// called before it is bound, unless it is nil.
func newSocket(a Address, prepare func(fd int) error) (int, error) {
	family := unix.AF_INET6
	if a.IP.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if a.V6Only {
		err = errors.Join(err, unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1))
	}
	if err == nil && prepare != nil {
		err = prepare(fd)
	}
	if err == nil {
		err = bindTo(fd, a)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// errno is the number of a system call's error.
func errno(err error) unix.Errno {
	var n unix.Errno
	if errors.As(err, &n) {
		return n
	}
	return unix.EIO
}
