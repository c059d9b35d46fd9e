//go:build linux && amd64

package fakecam

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The requests and structures of <linux/seccomp.h>.
const (
	notifReceive = 0xC0502100
	notifSend    = 0xC0182101
	notifAddFD   = 0x40182103

	flagContinue = 1
	addFDSend    = 2
)

type notification struct {
	id         uint64
	pid, flags uint32
	number     int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

type addFD struct {
	id                               uint64
	flags, source, target, targetSet uint32
}

// call is a call of the program that waits for its answer.
type call struct {
	notification
	listener int
}

func control(fd int, request uintptr, arg unsafe.Pointer) (int, unix.Errno) {
	for {
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// next waits for a call of the program; false when no thread of it is left.
func next(listener int) (*call, bool) {
	fds := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return nil, false
		}
		if fds[0].Revents&unix.POLLIN != 0 {
			c := &call{listener: listener}
			if _, errno := control(listener, notifReceive, unsafe.Pointer(&c.notification)); errno == 0 {
				return c, true
			}
			continue // its thread was killed in between
		}
		if fds[0].Revents != 0 {
			return nil, false
		}
	}
}

// An answer that comes too late, to a thread that was killed, is not missed.

func (c *call) answer(value int) {
	_, _ = control(c.listener, notifSend, unsafe.Pointer(&response{id: c.id, value: int64(value)}))
}

func (c *call) fail(errno unix.Errno) {
	_, _ = control(c.listener, notifSend, unsafe.Pointer(&response{id: c.id, errno: -int32(errno)}))
}

// pass has the kernel do the call as if nobody had asked.
func (c *call) pass() {
	_, _ = control(c.listener, notifSend, unsafe.Pointer(&response{id: c.id, flags: flagContinue}))
}

// give answers with a copy of the descriptor fd, and returns its number there.
func (c *call) give(fd int, flags uint64) (int, bool) {
	n, errno := control(c.listener, notifAddFD, unsafe.Pointer(&addFD{id: c.id, flags: addFDSend, source: uint32(fd),
		targetSet: uint32(flags & unix.O_CLOEXEC)}))
	return n, errno == 0
}

// read copies from the program's memory.
func (c *call) read(address uint64, into []byte) bool {
	local := []unix.Iovec{{Base: &into[0], Len: uint64(len(into))}}
	n, err := unix.ProcessVMReadv(int(c.pid), local, []unix.RemoteIovec{{Base: uintptr(address), Len: len(into)}}, 0)
	return err == nil && n == len(into)
}

// write copies into the program's memory.
func (c *call) write(address uint64, from []byte) bool {
	local := []unix.Iovec{{Base: &from[0], Len: uint64(len(from))}}
	n, err := unix.ProcessVMWritev(int(c.pid), local, []unix.RemoteIovec{{Base: uintptr(address), Len: len(from)}}, 0)
	return err == nil && n == len(from)
}

// names tells whether the string at address is want.
func (c *call) names(address uint64, want string) bool {
	got := make([]byte, len(want)+1)
	return c.read(address, got) && string(got) == want+"\x00"
}
