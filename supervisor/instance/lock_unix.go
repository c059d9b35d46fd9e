//go:build unix

package instance

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Lock makes its holder the only supervisor of an instance. The kernel lets
// go of it when the holder dies, however it dies.
type Lock struct{ file *os.File }

// HeldError says that another supervisor holds the lock.
type HeldError struct {
	Instance string
	PID      int // 0 when the holder did not say
}

// Error names the holder.
func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the instance %q runs already", e.Instance)
	}
	return fmt.Sprintf("the instance %q runs already, with pid %d", e.Instance, e.PID)
}

// Lock takes the instance's lock without waiting; *HeldError when another
// supervisor has it.
func (d Dirs) Lock() (*Lock, error) {
	path := filepath.Join(d.Runtime, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("cannot lock %s: %w", path, err)
		}
		text, _ := io.ReadAll(io.LimitReader(f, 32))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		return nil, &HeldError{Instance: d.Instance, PID: pid}
	}
	if err := errors.Join(f.Truncate(0), write(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	return &Lock{f}, nil
}

func write(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// Release lets go of the lock.
func (l *Lock) Release() error { return l.file.Close() }
