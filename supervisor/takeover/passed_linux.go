//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// UsesPassed reports whether a process of a launch does something with the
// listener that it got as LISTEN_FDS: it has copied it, has marked it as closed
// on exec, waits for its clients with epoll(7), or has accepted one. A program
// that waits in accept(2) or poll(2) goes unnoticed until its first client.
func (p *Ports) UsesPassed(launch int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	members := p.config.members(launch)
	var passed []uint32
	for _, s := range p.sockets {
		if !s.passed {
			continue
		}
		passed = append(passed, s.inode)
		if slices.ContainsFunc(members, func(pid int) bool { return usesPassed(pid, s.inode) }) {
			return true
		}
	}
	return hasClients(passed, members)
}

// hasClients reports whether processes have connections at the ports of these
// listeners.
func hasClients(listeners []uint32, pids []int) bool {
	if len(listeners) == 0 {
		return false
	}
	conn, err := sockdiag.Open()
	if err != nil {
		return false
	}
	defer conn.Close()
	left, err := conn.Draining(listeners, pids)
	return err == nil && left.Busy+left.Idle > 0
}

func usesPassed(pid int, inode uint32) bool {
	open := 0
	sockdiag.EachSocket(pid, func(found uint32) bool {
		if found == inode {
			open++
		}
		return open < 2
	})
	if open == 0 {
		return false
	}
	passed := call{fd: contract.ListenFDsStart}
	passed.PID = uint32(pid)
	if has, err := passed.inode(); open > 1 || err != nil || has != inode {
		return true // it has made a copy
	}
	if closeOnExec, _ := passed.flags(); closeOnExec {
		return true
	}
	return polls(pid, passed.fd)
}

// polls reports whether a process waits for events of a descriptor with
// epoll(7); see proc(5) for /proc/PID/fdinfo.
func polls(pid, fd int) bool {
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return false
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != "anon_inode:[eventpoll]" {
			continue
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", pid, filepath.Base(link)))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			var watched int
			if n, _ := fmt.Sscanf(line, "tfd: %d", &watched); n == 1 && watched == fd {
				return true
			}
		}
	}
	return false
}
