//go:build unix

package instance

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/procstat"
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
		return explain.Mark(e.ExplainCode(), fmt.Sprintf("the instance %q is already running", e.Instance))
	}
	return explain.Mark(e.ExplainCode(), fmt.Sprintf("the instance %q is already running, with pid %d", e.Instance, e.PID))
}

// ExplainCode returns the code of the error's story.
func (e *HeldError) ExplainCode() string { return "already-running" }

// lastBreath is how long the system may take to close what a process had that
// it kills: its own descriptors, and the copies of a child before its exec.
const lastBreath = 5 * time.Second

// Lock takes the instance's lock. The error is a *HeldError if another supervisor has
// it. It waits only for a supervisor that was killed, until that has ended.
func (d Dirs) Lock() (*Lock, error) {
	path := d.lockFile()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the lock: %w", err)
	}
	for began := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		pid := holder(f)
		switch {
		case !errors.Is(err, unix.EWOULDBLOCK):
			_ = f.Close()
			return nil, fmt.Errorf("cannot lock %s: %w", path, err)
		case pid == 0 || !procstat.Dying(pid) || time.Since(began) > lastBreath:
			_ = f.Close()
			return nil, &HeldError{Instance: d.Instance, PID: pid}
		}
	}
	if err := errors.Join(f.Truncate(0), write(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	return &Lock{f}, nil
}

// holder is who took the lock last; 0 when it has not said so yet.
func holder(f *os.File) (pid int) {
	text := make([]byte, 32)
	n, _ := f.ReadAt(text, 0) // at the end of the file that is an error, and no other is of interest
	pid, _ = strconv.Atoi(strings.TrimSpace(string(text[:n])))
	return pid
}

func write(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// Release lets go of the lock.
func (l *Lock) Release() error { return l.file.Close() }
