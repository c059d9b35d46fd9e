package process

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// handle is a pidfd, see pidfd_open(2): it refers to one process, even if another gets
// the number later. The zero handle is for kernels before 5.3.
type handle struct{ file *os.File }

// withHandle has the kernel make a handle together with the process.
func withHandle(attr *syscall.SysProcAttr) func() handle {
	fd := -1
	attr.PidFD = &fd
	return func() handle {
		if fd < 0 {
			return handle{}
		}
		return newHandle(fd)
	}
}

func withoutHandle(attr *syscall.SysProcAttr) { attr.PidFD = nil }

// openHandle opens a handle for a process that runs already.
func openHandle(pid int) handle {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return handle{}
	}
	return newHandle(fd)
}

// newHandle lets Go's poller wait for the end: no thread does.
func newHandle(fd int) handle {
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return handle{}
	}
	return handle{os.NewFile(uintptr(fd), "pidfd")}
}

// await returns true when the process has ended; false when that can't be
// learned through the handle.
func (h handle) await() bool {
	if h.file == nil {
		return false
	}
	conn, err := h.file.SyscallConn()
	if err != nil {
		return false
	}
	var pollErr error
	err = conn.Read(func(fd uintptr) bool {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(ready, 0)
		if errors.Is(err, unix.EINTR) {
			return false
		}
		pollErr = err
		return err != nil || n > 0
	})
	return err == nil && pollErr == nil
}

// pidfdInfo is the kernel's struct pidfd_info, as far as Linux 6.15 had it.
type pidfdInfo struct {
	mask, cgroup uint64
	ids          [11]uint32
	exitCode     int32
}

const (
	pidfdGetInfo  = 3<<30 | uint(unsafe.Sizeof(pidfdInfo{}))<<16 | 0xff<<8 | 11 // PIDFD_GET_INFO
	pidfdInfoExit = 1 << 3                                                      // PIDFD_INFO_EXIT
)

// exit returns how the process ended, once its parent has reaped it. Kernels before
// 6.15 don't say.
func (h handle) exit() (e Exit, ok bool) {
	if h.file == nil {
		return Exit{}, false
	}
	conn, err := h.file.SyscallConn()
	if err != nil {
		return Exit{}, false
	}
	info := pidfdInfo{mask: pidfdInfoExit}
	err = conn.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(pidfdGetInfo), uintptr(unsafe.Pointer(&info)))
		ok = errno == 0 && info.mask&pidfdInfoExit != 0
	})
	return ExitOf(unix.WaitStatus(info.exitCode)), ok && err == nil
}

// alive tells whether the process has not been reaped yet.
func (h handle) alive() bool {
	if h.file == nil {
		return true // unknown
	}
	conn, err := h.file.SyscallConn()
	if err != nil {
		return false
	}
	var sent error
	err = conn.Control(func(fd uintptr) { sent = unix.PidfdSendSignal(int(fd), 0, nil, 0) })
	return err == nil && sent == nil
}

func (h handle) close() {
	if h.file != nil {
		_ = h.file.Close()
	}
}

// awaitZombie returns true when this process's child has ended, and leaves it
// unreaped: its number, and that of its group, are still its own.
func awaitZombie(pid int) bool {
	for {
		switch unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) {
		case nil:
			return true
		case unix.EINTR:
		default:
			return false
		}
	}
}

// isChild tells whether this process is the parent, as it is when it has
// executed another binary since it started the process.
func isChild(pid int) bool {
	return unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil) == nil
}
