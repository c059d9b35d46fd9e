package sockdiag

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// EachSocket calls fn with the inode of each socket that a process has open,
// until fn returns false. A process that has ended, or that this user may not
// inspect, has none. The lowest descriptors come first, where servers have
// their listeners.
func EachSocket(pid int, fn func(inode uint32) bool) {
	dir, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(dir)
	var target [64]byte
	buf := make([]byte, 8<<10)
	for {
		n, err := unix.Getdents(dir, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		names := make([]string, 0, 64)
		for rest := buf[:n]; len(rest) > 0; {
			used, _, found := unix.ParseDirent(rest, -1, names[:0])
			if used <= 0 {
				break
			}
			rest = rest[used:]
			for _, name := range found {
				n, err := unix.Readlinkat(dir, name, target[:])
				if inode, is := socketInode(target[:max(n, 0)]); err == nil && is && !fn(inode) {
					return
				}
			}
		}
	}
}

// socketInode reads "socket:[123]".
func socketInode(link []byte) (inode uint32, is bool) {
	const prefix = "socket:["
	if len(link) <= len(prefix)+1 || string(link[:len(prefix)]) != prefix || link[len(link)-1] != ']' {
		return 0, false
	}
	n := uint64(0)
	for _, c := range link[len(prefix) : len(link)-1] {
		if c < '0' || c > '9' || n > 1<<32 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), n < 1<<32
}

// Processes lists the processes of this machine.
func Processes() []int {
	var pids []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
