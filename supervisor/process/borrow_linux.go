package process

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// BorrowListener copies the TCP listener that a process of this user has at
// addr, host:port, see pidfd_getfd(2). Where the system forbids it (Yama's
// ptrace_scope), that is the error.
func BorrowListener(pid int, addr string) (*descriptor.Descriptor, error) {
	want, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("cannot look for a listener: %w", err)
	}
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
			return nil, explain.Errorf("listener-lost", "cannot copy a descriptor of process %d: %w", pid, err)
		}
		d := descriptor.New(copied)
		if at, err := d.ListensOn(); err == nil && at.Port() == want.Port() &&
			at.Addr().Unmap() == want.Addr().WithZone("").Unmap() {
			return d, nil
		}
		d.Close()
	}
	return nil, fmt.Errorf("process %d does not listen on %s", pid, addr)
}
