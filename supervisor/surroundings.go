//go:build unix

package supervisor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// settingsOf is what the launcher does for a service.
func settingsOf(cfg configs.Service) process.Settings {
	s := process.Settings{
		EnvFiles: cfg.EnvFiles, Secrets: cfg.Secrets, Umask: cfg.Umask, User: cfg.User,
		Nice: cfg.Limits.Nice, CPUs: cfg.Limits.CPUs, OpenFiles: cfg.Limits.OpenFiles, Processes: cfg.Limits.Processes,
	}
	if cfg.PTY {
		s.Env = append(s.Env, "TERM=dumb") // it is a log, not a screen
	}
	if cfg.Limits.Threads > 0 {
		s.Env = append(s.Env, "GOMAXPROCS="+strconv.Itoa(cfg.Limits.Threads))
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Env)) {
		s.Env = append(s.Env, name+"="+cfg.Env[name])
	}
	return s
}

// logConfig is where a service's log is and how much of it is kept.
func logConfig(cfg configs.Service, d instance.Dirs) logs.Config {
	return logs.Config{
		Service: cfg.Name, FIFO: d.FIFO(cfg.Name), File: d.LogFile(cfg.Name), PTY: cfg.PTY,
		MaxBytes: cfg.Logs.Size, MaxAge: cfg.Logs.Age, TotalBytes: cfg.Logs.Total,
	}
}

// weigh restarts a service that has more memory than it may.
func (s *service) weigh(r *run) {
	if limit := r.cfg.Limits.Memory; limit > 0 && r.sampled.RSSBytes > limit && r.why == "" {
		s.hung(r, fmt.Sprintf("it has %d MiB of memory, limits.memory is %d MiB", r.sampled.RSSBytes>>20, limit>>20))
	}
}
