//go:build unix

package instance

import (
	"fmt"
	"os"
	"syscall"
)

// private is nil for a folder that only this user can enter.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("expected a folder at %s, found %s", dir, info.Mode())
	}
	if !ours(info) {
		return fmt.Errorf("%s belongs to another user", dir)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s may be entered by others (%s)", dir, info.Mode().Perm())
	}
	return nil
}

// ours tells whether a file belongs to this user. su and sudo keep variables
// that lead to another's.
func ours(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) == os.Geteuid()
}
