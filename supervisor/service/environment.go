//go:build unix

package service

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	kinds "github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/program"
	"github.com/ammarctl/ammarctl/supervisor/cgroup"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
	"github.com/ammarctl/ammarctl/supervisor/launch"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
	"github.com/ammarctl/ammarctl/supervisor/takeover"
)

// Environment is what all services of an instance share. It is not changed once
// the first service uses it; what it points to is safe for concurrent use.
type Environment struct {
	Processes *process.Table
	Listeners *listener.Pool
	Store     *keeper.Store // keeps descriptors beyond the supervisor's life; nil: nothing is kept
	Log       *slog.Logger
	Dirs      instance.Dirs
	Groups    Groups
	Viewers   *Viewers
	Meter     *sockdiag.Meter // counts connections; nil: nothing does
	Takeover  takeover.Reason // why no program's ports can be held here; filter.Taken: they can
	// Argv is the command line of a service.
	Argv func(configs.Service) ([]string, error)
}

// Paths are the files of one process in the runtime folder.
type Paths struct {
	control, notify, record string
	group                   string // its control group; empty where there are none
}

// Paths of the process with this launch number of a service.
func (e *Environment) Paths(name string, launch int) Paths {
	d := e.Dirs
	return Paths{
		control: d.Control(name, launch), notify: d.Notify(name, launch), record: d.Record(name, launch),
		group: e.Groups.path(d.Instance, name, launch),
	}
}

// Adopt takes over the process of a record, with the notify socket that it
// finds at its path.
func (p Paths) Adopt(table *process.Table, rec process.Record) (*process.Process, error) {
	return table.Adopt(rec, nil, p.notify, p.record)
}

// Remove removes the files, of which the process may have removed some itself.
func (p Paths) Remove() {
	for _, path := range []string{p.control, p.notify, p.record} {
		_ = os.Remove(path)
	}
}

// executable returns an error with a story when the program of a service cannot
// be executed. Nil promises nothing: only the launcher knows the environment.
func (e *Environment) executable(cfg configs.Service) error {
	argv, err := e.Argv(cfg)
	if err != nil {
		return err
	}
	path, own := cfg.Env["PATH"]
	if !own {
		path = os.Getenv("PATH")
	}
	if !strings.Contains(argv[0], "/") && len(cfg.EnvFiles) > 0 && !own {
		return nil // a file may set PATH
	}
	return program.Place{Dir: cfg.Dir, Path: path}.Check(argv[0])
}

// marks are the variables in the environment of every process of a service, and
// of those that it starts in turn.
func (e *Environment) marks(name string) []string {
	return []string{contract.Service + "=" + name, contract.Supervisor + "=" + e.Dirs.Socket()}
}

// launchMark is the variable of every process that belongs to one launch.
func launchMark(launch int) string { return fmt.Sprintf("%s=%d", contract.Launch, launch) }

// Variables are added to the environment of the commands of a service.
func (e *Environment) Variables(cfg configs.Service) []string {
	env := append(e.marks(cfg.Name), contract.Instance+"="+e.Dirs.Instance)
	for name, value := range cfg.Env {
		env = append(env, name+"="+value)
	}
	return env
}

// settingsOf is what the launcher does for a service whose port is a number, or
// configs.NoPort.
func settingsOf(cfg configs.Service, port int) launch.Settings {
	s := launch.Settings{
		Defaults: defaults(cfg, port), EnvFiles: cfg.EnvFiles, Secrets: cfg.Secrets, Umask: cfg.Umask,
		Nice: cfg.Limits.Nice, CPUs: cfg.Limits.CPUs, OpenFiles: cfg.Limits.OpenFiles, Processes: cfg.Limits.Processes,
	}
	if cfg.PTY {
		s.Env = append(s.Env, "TERM=dumb") // its terminal is a log, not a screen
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

// defaults are the variables that a program which is not ours finds in its
// environment, unless the configuration sets them. Python would otherwise keep
// lines back until it has a block of them, since its output is a pipe.
func defaults(cfg configs.Service, port int) (set []string) {
	if kinds.Of(cfg.Kind).Builtin {
		return nil
	}
	if _, has := os.LookupEnv("PYTHONUNBUFFERED"); !has {
		set = append(set, "PYTHONUNBUFFERED=1")
	}
	if port > 0 {
		set = append(set, "PORT="+strconv.Itoa(port))
	}
	return set
}

// Groups are the control groups of this instance; the zero value has none.
type Groups struct {
	tree *cgroup.Tree
	why  error // why there are none
}

// FindGroups looks for the control groups, and prepares them if a service has a
// limit that needs one. Call it before the first process is started: a process
// in the instance's own group would prevent it.
func FindGroups(config configs.Config) Groups {
	tree, err := cgroup.Find()
	if err == nil && slices.ContainsFunc(config.Services, func(s configs.Service) bool {
		return limitsOf(s) != cgroup.Limits{}
	}) {
		_ = tree.Prepare() // Make reports why there can be no group
	}
	return Groups{tree, err}
}

// limitsOf are the limits of a service that need a control group.
func limitsOf(cfg configs.Service) cgroup.Limits {
	return cgroup.Limits{Memory: cfg.Limits.Memory, CPU: cfg.Limits.CPU, Processes: cfg.Limits.Processes}
}

func (g Groups) path(instance, service string, launch int) string {
	if g.tree == nil {
		return ""
	}
	return g.tree.Path(instance, service, launch)
}

// apply makes a control group for cfg's limits and puts it into the settings.
// Limits that the system does not enforce are noted in the service's log.
func (g Groups) apply(settings *launch.Settings, cfg configs.Service, group string, log *logs.Log) {
	limits := limitsOf(cfg)
	if limits == (cgroup.Limits{}) {
		return
	}
	var kept cgroup.Kept
	why := g.why
	if group != "" {
		if kept, why = g.tree.Make(group, limits); why == nil {
			settings.Cgroup = group
			why = explain.Errorf("no-control-group", "its control group has no such controller")
		}
	}
	if kept.Processes {
		settings.Processes = 0
	}
	if limits.CPU > 0 && !kept.CPU {
		log.Note(slog.LevelWarn, fmt.Sprintf("limits.cpu has no effect: %v", why))
	}
	if limits.Memory > 0 && !kept.Memory {
		log.Note(slog.LevelInfo, fmt.Sprintf(
			"limits.memory is watched, a few seconds apart, not kept by the system: %v", why))
	}
}

// logConfig is where a service's log is and how much of it is kept. lines gets
// each line of the program.
func logConfig(cfg configs.Service, d instance.Dirs, lines func([]byte)) logs.Config {
	return logs.Config{
		Service: cfg.Name, FIFO: d.FIFO(cfg.Name), File: d.LogFile(cfg.Name), PTY: cfg.PTY,
		Line: lines, MaxBytes: cfg.Logs.Size, MaxAge: cfg.Logs.Age, TotalBytes: cfg.Logs.Total,
	}
}

// configuredAddr is the address that a configuration names.
func configuredAddr(cfg configs.Service) string {
	return net.JoinHostPort(cfg.Bind, strconv.Itoa(cfg.Port))
}
