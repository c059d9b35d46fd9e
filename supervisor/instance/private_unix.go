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
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to the user with id %d", dir, stat.Uid)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s may be entered by others (%s)", dir, info.Mode().Perm())
	}
	return nil
}
