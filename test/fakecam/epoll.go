//go:build linux && amd64

package fakecam

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// register answers epoll_ctl(2) about the camera. Its memory is a file, which
// epoll refuses: what stands for it in the program's own epoll is an event
// counter of this process, that has a value while the camera is ready.
func (h *handle) register(one *call) unix.Errno {
	if one.args[1] == unix.EPOLL_CTL_DEL {
		if h.event >= 0 {
			_ = unix.Close(h.event) // the last of it, which leaves epoll by that
			h.event = -1
		}
		return 0
	}
	if one.args[1] != unix.EPOLL_CTL_ADD || h.event >= 0 {
		return unix.EINVAL
	}
	var about [12]byte // struct epoll_event, packed
	if !one.read(one.args[3], about[:]) {
		return unix.EFAULT
	}
	theirs, err := one.descriptor(int(int32(one.args[0])))
	if err != nil {
		return unix.EPERM
	}
	defer unix.Close(theirs)
	if h.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		h.event = -1
		return unix.ENOMEM
	}
	h.signalled = false
	event := unix.EpollEvent{Events: order.Uint32(about[:]), Fd: int32(order.Uint32(about[4:])),
		Pad: int32(order.Uint32(about[8:]))}
	if err := unix.EpollCtl(theirs, unix.EPOLL_CTL_ADD, h.event, &event); err != nil {
		return unix.EPERM
	}
	return 0
}

// descriptor opens one of the program's here.
func (c *call) descriptor(fd int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.pid))
	if err != nil {
		return -1, err
	}
	_, group, _ := bytes.Cut(status, []byte("\nTgid:"))
	group, _, _ = bytes.Cut(group, []byte("\n"))
	leader, err := strconv.Atoi(string(bytes.TrimSpace(group)))
	if err != nil {
		return -1, err
	}
	process, err := unix.PidfdOpen(leader, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(process)
	return unix.PidfdGetfd(process, fd, 0)
}

// signal brings the counter to what the camera is.
func (h *handle) signal(dead bool) {
	ready := dead || h.failure != 0 || len(h.filled) > 0
	if h.event < 0 || ready == h.signalled {
		return
	}
	value := []byte{1, 0, 0, 0, 0, 0, 0, 0}
	if ready {
		_, _ = unix.Write(h.event, value)
	} else {
		_, _ = unix.Read(h.event, value)
	}
	h.signalled = ready
}
