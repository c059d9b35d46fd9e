//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// call is a bind or listen of a thread that waits for its answer.
type call struct {
	filter.Notification
	bind    bool
	fd      int
	pointer uint64 // of bind: to the address
	size    int    // of bind: of the address, in bytes
	backlog int    // of listen
	pid     int    // of the thread's process
}

// maxAddress is the size of struct sockaddr_storage.
const maxAddress = 128

// errUnknown says that a call is none of those that are understood.
var errUnknown = errors.New("this call is not understood")

// parse finds out who calls what.
func parse(n filter.Notification) (call, error) {
	c := call{Notification: n}
	if n.PID == 0 { // in a pid namespace that this process does not see
		return c, errUnknown
	}
	args := [3]uint64{n.Args[0], n.Args[1], n.Args[2]}
	for _, a := range filter.Archs(runtime.GOARCH) {
		switch nr := uint32(n.Nr); {
		case a.Audit != n.Arch:
			continue
		case nr == a.Bind:
			c.bind = true
		case nr == a.Listen:
		case nr == a.SocketCall && a.SocketCall != 0:
			c.bind = uint32(args[0]) == filter.SocketCallBind
			var packed [12]byte
			if err := c.read(uint64(uint32(args[1])), packed[:]); err != nil {
				return c, err
			}
			for i := range args {
				args[i] = uint64(binary.NativeEndian.Uint32(packed[4*i:]))
			}
		default:
			return c, errUnknown
		}
		c.fd, c.pointer = int(int32(args[0])), args[1]
		c.size, c.backlog = int(int32(args[2])), int(int32(args[1]))
		pid, err := processOf(int(n.PID))
		c.pid = pid
		return c, err
	}
	return c, errUnknown
}

// processOf is the process of a thread.
func processOf(tid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if value, is := bytes.CutPrefix(line, []byte("Tgid:")); is {
			return strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	return 0, errUnknown
}

// read copies memory of the caller.
func (c *call) read(pointer uint64, to []byte) error {
	if pointer == uint64(uintptr(pointer)) {
		local := []unix.Iovec{{Base: &to[0]}}
		local[0].SetLen(len(to))
		n, err := unix.ProcessVMReadv(int(c.PID), local, []unix.RemoteIovec{{Base: uintptr(pointer), Len: len(to)}}, 0)
		if n == len(to) || errors.Is(err, unix.EFAULT) {
			return err
		}
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", c.PID))
	if err != nil {
		return err
	}
	defer memory.Close()
	_, err = memory.ReadAt(to, int64(pointer))
	return err
}

// asked reads the address of a bind, once. It is zero when it is none of IPv4
// and IPv6.
func (c *call) asked() (Address, error) {
	const sizeV4, sizeV6 = 16, 24 // sockaddr_in, and sockaddr_in6 without the scope
	if c.size < sizeV4 || c.size > maxAddress {
		return Address{}, nil // the kernel says why
	}
	raw := make([]byte, maxAddress)
	if err := c.read(c.pointer, raw[:c.size]); err != nil {
		return Address{}, err
	}
	port := binary.BigEndian.Uint16(raw[2:])
	switch family := binary.NativeEndian.Uint16(raw); {
	case family == unix.AF_INET:
		return Address{IP: netip.AddrPortFrom(netip.AddrFrom4([4]byte(raw[4:8])), port)}, nil
	case family == unix.AF_INET6 && c.size >= sizeV6:
		ip := withZone(netip.AddrFrom16([16]byte(raw[8:24])), binary.NativeEndian.Uint32(raw[24:]))
		return Address{IP: netip.AddrPortFrom(ip, port)}, nil
	}
	return Address{}, nil
}

// socket copies a descriptor of the caller. The caller's number is its own
// until it has its answer, so valid is asked after the number was used.
func (c *call) socket(n *notifier) (int, error) {
	const thread = unix.O_EXCL // PIDFD_THREAD, since Linux 6.9: the thread may have descriptors of its own
	pidfd, err := unix.PidfdOpen(int(c.PID), thread)
	if err != nil {
		pidfd, err = unix.PidfdOpen(c.pid, 0)
	}
	if err != nil {
		return -1, err
	}
	defer unix.Close(pidfd)
	if !n.valid(c.ID) {
		return -1, unix.ENOENT
	}
	return unix.PidfdGetfd(pidfd, c.fd, 0)
}

// flags are those of the caller's descriptor.
func (c *call) flags() (closeOnExec, nonblocking bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", c.PID, c.fd))
	if err != nil {
		return false, false
	}
	for line := range strings.Lines(string(text)) {
		if value, is := strings.CutPrefix(line, "flags:"); is {
			flags, _ := strconv.ParseUint(strings.TrimSpace(value), 8, 64)
			return flags&unix.O_CLOEXEC != 0, flags&unix.O_NONBLOCK != 0
		}
	}
	return false, false
}

// inode is that of the caller's socket, found without a copy of it.
func (c *call) inode() (uint32, error) {
	link, err := os.Readlink(c.link())
	if err != nil {
		return 0, err
	}
	number, is := strings.CutPrefix(link, "socket:[")
	if !is {
		return 0, errUnknown
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 32)
	return uint32(n), err
}

func (c *call) link() string { return fmt.Sprintf("/proc/%d/fd/%d", c.PID, c.fd) }

// isTCP tells it of the caller's socket without a copy of it, in a network
// that is this process's too.
func (c *call) isTCP() bool {
	var name [32]byte
	n, err := unix.Getxattr(c.link(), "system.sockprotoname", name[:])
	if err != nil {
		return false
	}
	theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", c.PID))
	ours, err2 := os.Readlink("/proc/self/ns/net")
	protocol := strings.TrimRight(string(name[:n]), "\x00")
	return (protocol == "TCP" || protocol == "TCPv6") && err == nil && err2 == nil && theirs == ours
}
