//go:build unix

package supervisor

import (
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/cgroup"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/launch"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// settingsOf is what the launcher does for a service.
func settingsOf(cfg configs.Service) launch.Settings {
	s := launch.Settings{
		EnvFiles: cfg.EnvFiles, Secrets: cfg.Secrets, Umask: cfg.Umask,
		Nice: cfg.Limits.Nice, CPUs: cfg.Limits.CPUs, OpenFiles: cfg.Limits.OpenFiles, Processes: cfg.Limits.Processes,
	}
	if cfg.PTY {
		s.Env = append(s.Env, "TERM=dumb") // it is a log, not a screen
	}
	if cfg.Limits.Threads > 0 {
		s.Env = append(s.Env, "GOMAXPROCS="+strconv.Itoa(cfg.Limits.Threads))
	}
	if len(cfg.Users) > 0 {
		s.Env = append(s.Env, contract.FilesUsers+"="+strings.Join(cfg.Users, "\n"))
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Env)) {
		s.Env = append(s.Env, name+"="+cfg.Env[name])
	}
	return s
}

// groups are the control groups of this instance; the zero value has none.
type groups struct {
	tree *cgroup.Tree
	why  error // there are none
}

// findGroups looks for them, and makes them ready where a service has a limit
// that needs one: before the first process is started, since that would be in
// the way.
func findGroups(config configs.Config) groups {
	tree, err := cgroup.Find()
	if err == nil && slices.ContainsFunc(config.Services, func(s configs.Service) bool { return limitsOf(s) != cgroup.Limits{} }) {
		_ = tree.Prepare() // asked for a group, it says why there can be none
	}
	return groups{tree, err}
}

// limitsOf are those of a service that need a control group.
func limitsOf(cfg configs.Service) cgroup.Limits {
	return cgroup.Limits{Memory: cfg.Limits.Memory, CPU: cfg.Limits.CPU, Processes: cfg.Limits.Processes}
}

func (g groups) path(instance, service string, launch int) string {
	if g.tree == nil {
		return ""
	}
	return g.tree.Path(instance, service, launch)
}

// settings are what the launcher does for a service, in a control group made
// for it when its limits want one. What nobody will see to is said in its log.
func (s *service) settings(cfg configs.Service, group string) (launch.Settings, error) {
	settings := settingsOf(cfg)
	if cfg.User != "" {
		user, err := process.UserNamed(cfg.User)
		if err != nil {
			return settings, err
		}
		settings.User = user
	}
	limits := limitsOf(cfg)
	if limits == (cgroup.Limits{}) {
		return settings, nil
	}
	var kept cgroup.Kept
	why := s.env.groups.why
	if group != "" {
		if kept, why = s.env.groups.tree.Make(group, limits); why == nil {
			settings.Cgroup = group
			why = explain.Errorf("no-control-group", "its control group has no such controller")
		}
	}
	if kept.Processes {
		settings.Processes = 0
	}
	if limits.CPU > 0 && !kept.CPU {
		s.log.Note(slog.LevelWarn, fmt.Sprintf("limits.cpu has no effect: %v", why))
	}
	if limits.Memory > 0 && !kept.Memory {
		s.log.Note(slog.LevelInfo, fmt.Sprintf("limits.memory is watched, a few seconds apart, not kept by the system: %v", why))
	}
	return settings, nil
}

// leaveGroup ends what is left in the control group of a process that ended.
func (s *service) leaveGroup(r *run) {
	if r.paths.group != "" && cgroup.Remove(r.paths.group) {
		s.log.Note(slog.LevelWarn, "the system has killed a process of it, which had more memory than limits.memory, "+mebibytes(r.cfg.Limits.Memory))
	}
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
		s.hung(r, fmt.Sprintf("it has %s of memory, limits.memory is %s", mebibytes(r.sampled.RSSBytes), mebibytes(limit)))
	}
}

// mebibytes has a decimal only where it would else be misread: 40 MiB, 0.5 MiB.
func mebibytes(n int64) string {
	return strconv.FormatFloat(math.Round(float64(n)/(1<<20)*10)/10, 'f', -1, 64) + " MiB"
}
