//go:build amd64 || arm64 || arm || riscv64

package filter

import (
	"errors"
	"runtime"
	"syscall"
	"unsafe"
)

// Notification is struct seccomp_notif: one reported call.
type Notification struct {
	ID    uint64
	PID   uint32 // the thread, as the reader's pid namespace numbers it; 0: it is not visible there
	Flags uint32
	Nr    int32 // of the call
	Arch  uint32
	IP    uint64
	Args  [6]uint64
}

// Response is struct seccomp_notif_resp: the answer to one.
type Response struct {
	ID    uint64
	Val   int64
	Error int32 // a negative error number, or 0
	Flags uint32
}

// The ioctls of a notification descriptor, and the flag of a Response that has
// the kernel carry out the call as it is.
const (
	IoctlReceive = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	IoctlSend    = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
	IoctlValid   = 0x40082102 // SECCOMP_IOCTL_NOTIF_ID_VALID
	IoctlAddFD   = 0x40182103 // SECCOMP_IOCTL_NOTIF_ADDFD

	Continue = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

const (
	setModeFilter    = 1      // SECCOMP_SET_MODE_FILTER
	newListener      = 1 << 3 // SECCOMP_FILTER_FLAG_NEW_LISTENER
	waitKillableRecv = 1 << 5 // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, since Linux 5.19
)

// answerTime is how long the supervisor may take to answer the launcher.
const answerTime = 10 // seconds

// Install installs the filter on the calling thread, to which it locks the
// goroutine, and hands its notification descriptor to the supervisor over the
// socket (a SOCK_SEQPACKET one, see takeover.Offer). argv is the command that
// the thread is about to execute.
//
// It returns Taken, or why the program has to run without takeover; the
// supervisor is told the same. After Unanswered the filter is on this thread
// and nobody answers it: the program must be executed by OnCleanThread.
func Install(socket int, argv []string) Reason {
	runtime.LockOSThread()
	notify, reason := install(argv)
	if reason != Taken {
		_ = syscall.Sendmsg(socket, append(make([]byte, 8), reason...), nil, nil, syscall.MSG_NOSIGNAL)
		return reason
	}
	id, err := firstID(notify)
	if err != nil {
		return Unanswered
	}
	defer syscall.Close(notify)
	message := make([]byte, 8)
	for i := range message { // little-endian; package encoding/binary would be initialised before a launch
		message[i] = byte(id >> (8 * i))
	}
	if err := syscall.Sendmsg(socket, message, syscall.UnixRights(notify), nil, syscall.MSG_NOSIGNAL); err != nil {
		return Unanswered
	}
	if !pollIn(socket, &syscall.Timespec{Sec: answerTime}) {
		return Unanswered
	}
	var answer [1]byte
	if n, err := syscall.Read(socket, answer[:]); err != nil || n != 1 || answer[0] != Accepted {
		return Unanswered
	}
	return Taken
}

// install gives the new filter's notification descriptor, closed on exec.
func install(argv []string) (int, Reason) {
	// With CAP_SYS_ADMIN a filter needs no no_new_privs, and programs such as
	// sudo go on to work.
	fd, err := seccomp()
	if errors.Is(err, syscall.EACCES) {
		if reason := obstacle(argv); reason != Taken {
			return -1, reason
		}
		if err := noNewPrivs(); err != nil {
			return -1, Forbidden
		}
		fd, err = seccomp()
	}
	switch {
	case err == nil:
		return fd, Taken
	case errors.Is(err, syscall.EBUSY):
		return -1, Nested
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return -1, Forbidden
	}
	return -1, Kernel
}

// seccomp sets the filter for this thread.
func seccomp() (int, error) {
	program := Program(runtime.GOARCH)
	prog := struct {
		length uint16
		filter *Instruction
	}{uint16(len(program)), &program[0]}
	for _, flags := range []uintptr{newListener | waitKillableRecv, newListener} {
		fd, _, errno := syscall.RawSyscall(sysSeccomp, setModeFilter, flags, uintptr(unsafe.Pointer(&prog)))
		if errno == 0 {
			return int(fd), nil
		}
		if errno != syscall.EINVAL {
			return -1, errno
		}
	}
	return -1, syscall.EINVAL
}

// firstID learns the number of a notification, from which the kernel counts
// on: this thread makes a call that is reported, and another one answers it.
// A supervisor that takes over from a killed one finds by it the call that
// the killed one had received. It closes the descriptor when that fails: else
// the call would wait for ever.
func firstID(notify int) (uint64, error) {
	type reported struct {
		id  uint64
		err error
	}
	answered := make(chan reported, 1)
	go func() {
		n := Notification{}
		if err := ioctl(notify, IoctlReceive, unsafe.Pointer(&n)); err != nil {
			_ = syscall.Close(notify)
			answered <- reported{0, err}
			return
		}
		r := Response{ID: n.ID, Error: -int32(syscall.EBADF)}
		err := ioctl(notify, IoctlSend, unsafe.Pointer(&r))
		if err != nil {
			_ = syscall.Close(notify)
		}
		answered <- reported{n.ID, err}
	}()
	_ = syscall.Listen(-1, 0)
	r := <-answered
	return r.id, r.err
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		if errno == 0 {
			return nil
		}
		if errno != syscall.EINTR && errno != syscall.EAGAIN {
			return errno
		}
	}
}
