package launch

import (
	"fmt"
	"os"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// limit applies the limits to this process, and so to the service.
func (s Settings) limit() error {
	if s.Cgroup != "" {
		if err := os.WriteFile(s.Cgroup+"/cgroup.procs", []byte("0"), 0); err != nil {
			return fmt.Errorf("cannot enter the control group: %w", err)
		}
	}
	if err := s.limitThread(); err != nil {
		return err
	}
	if err := lower("limits.processes", limitOfProcesses(), s.Processes); err != nil {
		return err
	}
	return lower("limits.open_files", syscall.RLIMIT_NOFILE, s.OpenFiles)
}

// limitThread applies those limits that belong to the calling thread.
func (s Settings) limitThread() error {
	if s.Nice != 0 {
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, s.Nice); err != nil {
			return explain.Errorf("limit-refused",
				"cannot set limits.nice to %d; only root may go below what it was: %w", s.Nice, err)
		}
	}
	if len(s.CPUs) > 0 {
		if err := pinTo(s.CPUs); err != nil {
			return explain.Errorf("limit-refused", "cannot set limits.cpus to %v; this machine may have fewer: %w", s.CPUs, err)
		}
	}
	return nil
}

// lower sets a soft and a hard limit, so that the service cannot raise it again.
func lower(key string, resource, n int) error {
	if n == 0 {
		return nil
	}
	var have syscall.Rlimit
	if err := syscall.Getrlimit(resource, &have); err != nil {
		return fmt.Errorf("cannot set %s: %w", key, err)
	}
	have.Cur, have.Max = uint64(n), min(have.Max, uint64(n))
	if have.Max < have.Cur && os.Geteuid() != 0 {
		return explain.Errorf("limit-refused", "cannot set %s to %d: this user may have %d at most", key, n, have.Max)
	}
	have.Max = max(have.Max, have.Cur)
	if err := syscall.Setrlimit(resource, &have); err != nil {
		return fmt.Errorf("cannot set %s to %d: %w", key, n, err)
	}
	return nil
}
