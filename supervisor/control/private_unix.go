//go:build unix

package control

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// private makes sure that the folder is this user's alone.
func private(dir string, info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("the folder %s belongs to the user with id %d, not to you", dir, stat.Uid)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("the folder %s is open to others (mode %04o); use another one, or: chmod 700 %s", dir, mode, dir)
	}
	return nil
}
