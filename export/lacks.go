package export

import (
	"reflect"

	"github.com/ammarctl/ammarctl/configs"
)

// lack is a key of the configuration that an engine has nothing for.
type lack struct {
	key     string
	instead string // what is so instead
}

// says tells whether a service says something about a key, other than what is
// so by itself.
func says(s configs.Service, key string) bool {
	d := configs.NewService(s.Name, s.Kind)
	value := map[string]func(configs.Service) any{
		"after":             func(s configs.Service) any { return len(s.After) > 0 },
		"requires":          func(s configs.Service) any { return len(s.Requires) > 0 },
		"restart.policy":    func(s configs.Service) any { return s.Restart.Policy },
		"restart.delay":     func(s configs.Service) any { return s.Restart.Delay },
		"restart.max_delay": func(s configs.Service) any { return s.Restart.MaxDelay },
		"restart.limit":     func(s configs.Service) any { return s.Restart.Limit },
		"restart.window":    func(s configs.Service) any { return s.Restart.Window },
		"overlap":           func(s configs.Service) any { return s.Overlap },
		"start_timeout":     func(s configs.Service) any { return s.StartTimeout },
		"stop_signal":       func(s configs.Service) any { return s.StopSignal },
		"max_runtime":       func(s configs.Service) any { return s.MaxRuntime },
		"watchdog":          func(s configs.Service) any { return s.Watchdog },
		"schedule":          func(s configs.Service) any { return s.Schedule },
		"watch":             func(s configs.Service) any { return len(s.Watch) > 0 },
		"critical":          func(s configs.Service) any { return s.Critical },
		"on_failure":        func(s configs.Service) any { return len(s.OnFailure) > 0 },
		"limits.nice":       func(s configs.Service) any { return s.Limits.Nice },
		"limits.cpus":       func(s configs.Service) any { return len(s.Limits.CPUs) > 0 },
		"limits.open_files": func(s configs.Service) any { return s.Limits.OpenFiles },
		"limits.processes":  func(s configs.Service) any { return s.Limits.Processes },
		"umask":             func(s configs.Service) any { return s.Umask },
		"logs.size":         func(s configs.Service) any { return s.Logs.Size },
		"logs.age":          func(s configs.Service) any { return s.Logs.Age },
		"logs.total":        func(s configs.Service) any { return s.Logs.Total },
	}[key]
	return !reflect.DeepEqual(value(s), value(d))
}

// commonLacks are what none of the engines has.
func commonLacks() []lack {
	return []lack{
		{"watchdog", "nobody listens for WATCHDOG=1; a probe with restart = true takes its place"},
		{"max_runtime", "nothing restarts a process for its age"},
		{"watch", "it is for development: nothing is restarted when a file changes"},
		{"on_failure", "no command is run; what watches the engine tells of failures"},
		{"critical", "the failure of one job ends no other"},
		{"limits.nice", "there are shares of processors instead (limits.cpu)"},
		{"umask", "the program has to set it itself"},
	}
}
