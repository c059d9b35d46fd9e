//go:build linux || darwin

package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// freeSpace is the number of bytes that this user can still store on the disk.
func freeSpace(root *os.Root) (int64, bool) {
	f, err := root.Open(".")
	if err != nil {
		return 0, false
	}
	defer f.Close()
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true
}
