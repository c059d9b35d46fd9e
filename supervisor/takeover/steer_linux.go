//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// steer has the kernel choose among count sockets of the group of s, from
// first on, for each new client.
func steer(s *socket, first, count int) error {
	const random = 0xfffff000 + 56 // SKF_AD_OFF + SKF_AD_RANDOM
	program := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: uint32(first)}}
	if count > 1 {
		program = []unix.SockFilter{
			{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: random},
			{Code: unix.BPF_ALU | unix.BPF_MOD | unix.BPF_K, K: uint32(count)},
			{Code: unix.BPF_ALU | unix.BPF_ADD | unix.BPF_K, K: uint32(first)},
			{Code: unix.BPF_RET | unix.BPF_A},
		}
	}
	return inGroup(s, func(fd int) error { return attach(fd, program) })
}

// unsteer has the kernel spread new clients over the group again.
func unsteer(s *socket) error {
	return inGroup(s, func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_REUSEPORT_BPF, 0)
	})
}

// inGroup does something to the group of s. Programs are attached through any
// TCP socket of a group, and not through one of Multipath TCP, which Go's
// servers use: then a TCP socket joins the group for that moment.
func inGroup(s *socket, do func(fd int) error) error {
	err := do(s.file.FD())
	if !errors.Is(err, unix.EOPNOTSUPP) {
		return err
	}
	helper, err := join(s)
	if err != nil {
		return err
	}
	defer unix.Close(helper)
	return do(helper)
}

// join adds a socket to the group of s, as its last. It takes packets with 255
// hops left only, and systems begin with 64 or 128: a client that the kernel
// sends to it is not answered, and tries again after a second.
func join(s *socket) (fd int, err error) {
	family := unix.AF_INET6
	if s.address.IP.Addr().Is4() {
		family = unix.AF_INET
	}
	if fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP); err != nil {
		return -1, err
	}
	defer func() {
		if err != nil {
			_ = unix.Close(fd)
		}
	}()
	if err := sameOwner(fd, s.file.FD()); err != nil {
		return -1, err
	}
	if family == unix.AF_INET6 {
		only := 0
		if s.address.V6Only {
			only = 1
		}
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only); err != nil {
			return -1, err
		}
	}
	const most = 255
	if family == unix.AF_INET6 {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MINHOPCOUNT, most)
	}
	return fd, errors.Join(err, unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MINTTL, most),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), allowSharing(fd),
		bindTo(fd, s.address), unix.Listen(fd, 1))
}

// sameOwner gives a socket to the user of another one: only sockets of one
// user share an address.
func sameOwner(fd, as int) error {
	var has, want unix.Stat_t
	if err := errors.Join(unix.Fstat(fd, &has), unix.Fstat(as, &want)); err != nil {
		return err
	}
	if has.Uid == want.Uid {
		return nil
	}
	return unix.Fchown(fd, int(want.Uid), -1)
}

// attach sets the program that chooses among the sockets of a group.
func attach(fd int, program []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, e := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF,
		uintptr(unsafe.Pointer(&prog)), unsafe.Sizeof(prog), 0)
	runtime.KeepAlive(program)
	if e != 0 {
		return e
	}
	return nil
}
