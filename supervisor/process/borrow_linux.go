package process

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// BorrowListener copies the TCP listener of a process of this user, found by
// its port, see pidfd_getfd(2). Where the system forbids it (Yama's
// ptrace_scope), that is the error.
func BorrowListener(pid int, bind string, port int) (*os.File, error) {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot look at process %d: %w", pid, err)
	}
	defer unix.Close(pidfd)
	links, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		fd, err := strconv.Atoi(filepath.Base(link))
		if err != nil {
			continue
		}
		if target, err := os.Readlink(link); err != nil || len(target) < 7 || target[:7] != "socket:" {
			continue
		}
		copied, err := unix.PidfdGetfd(pidfd, fd, 0)
		if err != nil {
			return nil, fmt.Errorf("cannot copy a descriptor of process %d: %w", pid, err)
		}
		unix.CloseOnExec(copied)
		if listens(copied, bind, port) {
			return os.NewFile(uintptr(copied), "listener"), nil
		}
		_ = unix.Close(copied)
	}
	return nil, fmt.Errorf("process %d does not listen on %s", pid, net.JoinHostPort(bind, strconv.Itoa(port)))
}

// listens tells whether a socket accepts connections on the port.
func listens(fd int, bind string, port int) bool {
	if on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || on == 0 {
		return false
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return false
	}
	want := net.ParseIP(bind)
	switch at := name.(type) {
	case *unix.SockaddrInet4:
		return at.Port == port && (want == nil || want.Equal(net.IP(at.Addr[:])))
	case *unix.SockaddrInet6:
		return at.Port == port && (want == nil || want.Equal(net.IP(at.Addr[:])))
	}
	return false
}
