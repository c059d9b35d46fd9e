//go:build unix && !linux

package launch

import (
	"fmt"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// limitThread is for systems whose threads have limits of their own.
func (s Settings) limitThread() error { return nil }

// limit bounds what this process, and with it the service, may take, as far
// as this system knows such bounds.
func (s Settings) limit() error {
	if len(s.CPUs) > 0 || s.Processes > 0 {
		return fmt.Errorf("limits.cpus and limits.processes are for Linux; take them out")
	}
	if s.Nice != 0 {
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, s.Nice); err != nil {
			return fmt.Errorf("cannot set limits.nice to %d: %w", s.Nice, err)
		}
	}
	if s.OpenFiles > 0 {
		n := syscall.Rlimit{Cur: uint64(s.OpenFiles), Max: uint64(s.OpenFiles)}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &n); err != nil {
			return explain.Errorf("limit-refused", "cannot set limits.open_files to %d: %w", s.OpenFiles, err)
		}
	}
	return nil
}
