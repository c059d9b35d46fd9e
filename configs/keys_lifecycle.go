package configs

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/schedule"
)

// Lifecycle says when a service is started and stopped.
type Lifecycle struct {
	After        []string          // services that are ready before this one starts
	AfterWhen    map[string]string // of those in After that need not be ready, but something else
	Requires     []string          // the same; and it is stopped while one of them is stopped or failed
	Overlap      bool              // a restart starts the new process before the old one ends
	Start        string            // StartNow or StartOnDemand
	IdleStop     time.Duration     // a service on demand ends when it had no client for this long; 0: never
	DrainTimeout time.Duration     // what a process that was replaced may take to finish its requests before StopSignal
	Takeover     bool              // its listeners are held; see package supervisor/takeover
	StartTimeout time.Duration     // a service that is not ready by then is killed; 0: no limit
	StopTimeout  time.Duration     // StopSignal, then this long, then SIGKILL
	StopSignal   string            // "TERM", "INT", …
	MaxRuntime   time.Duration     // a process that has run for this long is restarted; 0: never
	Watchdog     time.Duration     // it sends WATCHDOG=1 at least this often, or is killed; 0: it need not

	Autostart bool // it is started with the instance
	Oneshot   bool // it is a task: ready once it has ended successfully

	SuccessExitCodes []int  // count as success, besides 0
	ReadyLog         string // it is ready once a line of its log matches; empty: lines say nothing
	Schedule         string // when it is started, as package schedule reads it; empty: at once
	Timezone         string // of Schedule, a name of the IANA database; empty: the machine's
	Missed           string // "run" makes up for a time of Schedule that passed; else "skip"

	Groups    []string // commands take @NAME for all services of a group
	Replicas  int      // processes of it, each a service of its own
	ReplicaOf string   // the table that this service is one of the replicas of; empty: none

	BeforeStart []string      // a command to run before each process
	AfterStop   []string      // a command to run after each process
	Reload      []string      // a command by which the program reads its configuration again
	HookTimeout time.Duration // how long each of the three may take

	Critical  bool     // its failure takes the instance down
	OnFailure []string // a command to run when it has failed
}

// The conditions of after.
const (
	WhenReady   = "ready"   // it serves, or is done
	WhenDone    = "done"    // it ended successfully
	WhenStarted = "started" // its process runs
)

// Success tells whether an exit status counts as success.
func (s Service) Success(code int) bool {
	return code == 0 || slices.Contains(s.SuccessExitCodes, code)
}

// Location is the time zone of the schedule.
func (s Service) Location() *time.Location {
	if s.Timezone != "" {
		if zone, err := time.LoadLocation(s.Timezone); err == nil { // checked when it was loaded
			return zone
		}
	}
	return time.Local
}

func lifecycleKeys() []Key {
	exec := []string{kind.Exec}
	return []Key{
		{Name: "after", Shown: ShowAll, Change: InPlace, Example: `["files"]`,
			Exports: Exports{to("depends_on"),
				lost("Kubernetes starts everything at once; a service that comes too early is restarted until what it needs " +
					"is there"),
				lost("Nomad starts all groups at once; a service that comes too early is restarted until what it needs is there"),
				to("After")},
			Doc: "Services that have to be ready before this one starts. They are stopped after it. " +
				`A table tells what each has to be: { db = "ready", migrate = "done", cache = "started" }; ` +
				`"done" is ended successfully, "started" is that its process runs.`,
			Value: afterValue{custom("names", func(s *Service) *[]string { return &s.After }, nil, "", setAfter)}},
		{Name: "requires", Shown: ShowAll, Change: InPlace, Example: `["files"]`,
			Exports: Exports{to("depends_on"),
				lost("Kubernetes starts everything at once, and nothing is stopped with another service"),
				lost("Nomad starts all groups at once, and stops none with another"),
				to("Requires")},
			Doc:   "As after; and while one of these is stopped or failed, this one is stopped too.",
			Value: list("names", func(s *Service) *[]string { return &s.Requires })},
		{Name: "overlap", Kinds: overlapping(), Change: InPlace,
			Exports: Exports{to("the order of docker compose up"), to("strategy"),
				lost("Nomad stops what has a fixed port before it starts the next, unless it finds another machine"),
				lost("systemd ends the process before it starts the next; clients wait in the socket meanwhile")},
			Doc: "On a restart the new process starts next to the old one and takes over when it is ready; " +
				"only then the old one drains. If the new one never gets ready, the old one stays. " +
				"false stops first and starts then, as a service that opens no port, or with a camera, always does; " +
				"clients wait meanwhile. It is the default for programs that cannot run twice: " + strings.Join(alone(), ", ") + ".",
			Value: boolean(func(s *Service) *bool { return &s.Overlap }, true)},
		{Name: "start", Shown: ShowAll, Change: InPlace, Example: `"on-demand"`,
			Exports: everywhere(lost("the engine starts it at once")),
			Doc: `"on-demand" opens the port without the program: the first client starts it, and waits for that. ` +
				`"now" starts it with the instance.`,
			Value: text("when", func(s *Service) *string { return &s.Start }, StartNow, checkStart)},
		{Name: "idle_stop", With: "start", Example: `"10m"`,
			Exports: everywhere(lost("the engine keeps it running")),
			Doc: `End a service with start = "on-demand" when it had no connection for this long; the next client ` +
				`starts it again. "0s" never does that.`,
			Value: span(func(s *Service) *time.Duration { return &s.IdleStop }, 0, 0)},
		{Name: "takeover", Kinds: exec,
			Exports: everywhere(lost("a container engine has no way to hold the ports of a program that crashed")),
			Doc: "Hold the ports that the program opens, so that clients wait while it is restarted or has crashed. " +
				"false leaves the program's ports alone; use it if a program that it starts needs more rights, as sudo does.",
			Value: boolean(func(s *Service) *bool { return &s.Takeover }, true)},
		{Name: "drain_timeout", Kinds: exec, Change: InPlace,
			Exports: Exports{lost("a container gets its stop signal at once"),
				lost("a preStop hook that sleeps is the usual way"), lost("its shutdown_delay is always waited for"),
				lost("systemd ends the process before it starts the next")},
			Doc: "On a restart, how long the previous process may take to answer the requests that it has, " +
				"before it gets stop_signal. A process without open requests gets it at once.",
			Value: span(func(s *Service) *time.Duration { return &s.DrainTimeout }, 30*time.Second, 0)},
		{Name: "start_timeout", Change: InPlace,
			Exports: Exports{lost("a container that does not get ready is unhealthy, and runs on"), to("startupProbe"),
				lost("a deployment waits for its update.healthy_deadline, 5 min"), to("TimeoutStartSec")},
			Doc: `How long the service may take to get ready before it is killed, which counts as a crash. ` +
				`"0s" waits for ever.`,
			Value: span(func(s *Service) *time.Duration { return &s.StartTimeout }, time.Minute, 0)},
		{Name: "stop_signal", Shown: ShowAll, Change: InPlace,
			Exports: Exports{to("stop_signal"), lost("Kubernetes sends the STOPSIGNAL of the image, SIGTERM by default"),
				to("KillSignal"), to("KillSignal")},
			Doc: `The signal that asks the service to end: ` + signalWords() + `, with SIG before it or without.`,
			Value: custom("signal", func(s *Service) *string { return &s.StopSignal }, "TERM", `"TERM"`,
				func(to *string, _ *Service, v any) error { return setSignal(to, v) })},
		{Name: "max_runtime", Change: InPlace, Example: `"24h"`,
			Exports: onlySystemd("nothing restarts a process for its age", to("RuntimeMaxSec")),
			Doc:     `A process that has run for this long is restarted. "0s" never does that.`,
			Value:   span(func(s *Service) *time.Duration { return &s.MaxRuntime }, 0, 0)},
		{Name: "watchdog", Kinds: exec, Example: `"30s"`,
			Exports: onlySystemd("nothing listens for WATCHDOG=1; a probe with restart = true takes its place",
				to("WatchdogSec")),
			Doc: `The service sends WATCHDOG=1 to its notify socket at least this often (WATCHDOG_USEC holds the time), ` +
				`or is killed and started again. "0s" expects nothing.`,
			Value: span(func(s *Service) *time.Duration { return &s.Watchdog }, 0, 0)},
		{Name: "stop_timeout",
			Exports: Exports{to("stop_grace_period"), to("terminationGracePeriodSeconds"), to("KillTimeout"),
				to("TimeoutStopSec")},
			Doc: "How long the service may take to finish after stop_signal before it is killed. " +
				"The service finds it in `AMMAR_STOP_TIMEOUT`.",
			Value: span(func(s *Service) *time.Duration { return &s.StopTimeout }, 10*time.Second, time.Millisecond)},
		{Name: "autostart", Change: InPlace,
			Exports: Exports{to("profiles"), to("replicas"), to("Count"), to("WantedBy")},
			Doc:     "Start it with the instance. false leaves it stopped until you start it.",
			Value:   boolean(func(s *Service) *bool { return &s.Autostart }, true)},
		{Name: "success_exit_codes", Kinds: exec, Shown: ShowAll, Change: InPlace, Example: "[2, 143]",
			Exports: onlySystemd("only exit status 0 counts as success", to("SuccessExitStatus")),
			Doc:     "Exit statuses that count as success, besides 0.",
			Value: custom("numbers", func(s *Service) *[]int { return &s.SuccessExitCodes }, nil, "",
				func(to *[]int, _ *Service, v any) error { return setExitCodes(to, v) })},
		{Name: "ready_log", Kinds: exec, Shown: ShowAll, Change: InPlace, Example: `"listening on"`,
			Exports: everywhere(lost("lines of the log say nothing about readiness there")),
			Doc: "A regular expression (RE2). The service is ready once it writes a line that matches. " +
				"It may say so itself before that (READY=1).",
			Value: text("regular expression", func(s *Service) *string { return &s.ReadyLog }, "", checkPattern)},
		{Name: "oneshot", Kinds: exec,
			Exports: Exports{to("depends_on"), to("Job"), to("Type"), to("Type")},
			Doc: "The service is a task: once it has ended with exit status 0, it is ready for the services after it, " +
				"and stays stopped.",
			Value: boolean(func(s *Service) *bool { return &s.Oneshot }, false)},
		{Name: "schedule", Kinds: exec, Shown: ShowAll, Example: `"30 4 * * *"`,
			Exports: Exports{to("profiles"), to("schedule"), to("Periodic"), to("OnCalendar")},
			Doc: `When to start it: minute, hour, day of the month, month and weekday as in crontab(5), ` +
				`or "@hourly", "@daily", "@weekly", "@monthly", "@every 10m". ` +
				`It is not started a second time while it runs.`,
			Value: text("schedule", func(s *Service) *string { return &s.Schedule }, "", checkSchedule)},
		{Name: "timezone", Kinds: exec, Shown: ShowAll, With: "schedule", Change: InPlace, Example: `"Europe/Berlin"`,
			Exports: Exports{lost("the machine's cron has its own"), to("timeZone"), to("TimeZone"), to("OnCalendar")},
			Doc:     "The time zone of the schedule, by its name in the IANA database; by default the machine's.",
			Value:   text("time zone", func(s *Service) *string { return &s.Timezone }, "", checkTimezone)},
		{Name: "missed", Kinds: exec, Shown: ShowAll, With: "schedule", Change: InPlace,
			Exports: Exports{lost("the machine's cron makes up for nothing"), to("startingDeadlineSeconds"),
				lost("Nomad makes up for nothing"), to("Persistent")},
			Doc: `What happens when a time of the schedule passed while the instance was down, or the task still ran: ` +
				`"skip" waits for the next time, "run" starts it as soon as possible, once.`,
			Value: text("string", func(s *Service) *string { return &s.Missed }, "skip", checkMissed)},
		{Name: "groups", Shown: ShowAll, Change: InPlace, Example: `["web"]`,
			Exports: everywhere(lost("its commands take no such groups")),
			Doc:     "Groups that the service is in: `ammarctl restart @web` restarts all services of the group web.",
			Value: custom("names", func(s *Service) *[]string { return &s.Groups }, nil, "",
				func(to *[]string, _ *Service, v any) error {
					var list []string
					if err := setStrings(&list, v); err != nil {
						return err
					}
					*to = list
					return checkGroups(list)
				})},
		{Name: "replicas", Change: InPlace, Example: "4",
			Exports: Exports{to("replicas"), to("replicas"), to("Count"), to("a unit for each")},
			Doc: "The number of processes that share the port; each is a service of its own, " +
				"NAME-1, NAME-2 and so on.",
			Value: number(func(s *Service) *int { return &s.Replicas }, 1, 1, maxReplicas)},
		{Name: "before_start", Kinds: exec, Shown: ShowCommand, Example: `["./migrate"]`,
			Exports: Exports{lost("have the image's entrypoint run it"), lost("have the image's entrypoint run it"),
				lost("have the image's entrypoint run it"), to("ExecStartPre")},
			Doc: "A command to run before each start, with the service's user, folder and environment; its output is in the " +
				"service's log. If it fails, the start has failed. A service that has it is restarted one process after the other.",
			Value: command(func(s *Service) *[]string { return &s.BeforeStart }, false)},
		{Name: "after_stop", Kinds: exec, Shown: ShowCommand, Example: `["./tidy-up"]`,
			Exports: Exports{lost("have the image's entrypoint run it"), lost("have the image's entrypoint run it"),
				lost("have the image's entrypoint run it"), to("ExecStopPost")},
			Doc: "A command to run when a process of the service has ended, however that was, in the same way. " +
				"It finds how in AMMAR_REASON. The next start waits for it.",
			Value: command(func(s *Service) *[]string { return &s.AfterStop }, false)},
		{Name: "reload", Kinds: exec, Shown: ShowCommand, Change: InPlace, Example: `["sh", "-c", "kill -HUP $MAINPID"]`,
			Exports: Exports{lost("docker compose kill -s HUP does so"), lost("kubectl exec does so"),
				lost("nomad alloc signal does so"), to("ExecReload")},
			Doc: "A command that `ammarctl reload NAME` runs, in the same way, so that the running program reads its own " +
				"configuration again. It finds the number of the process in MAINPID.",
			Value: command(func(s *Service) *[]string { return &s.Reload }, false)},
		{Name: "hook_timeout", Kinds: exec, Change: InPlace,
			Exports: everywhere(lost("its limits are those of starting and stopping")),
			Doc:     "How long before_start, after_stop and reload may each take before they are killed.",
			Value:   span(func(s *Service) *time.Duration { return &s.HookTimeout }, time.Minute, time.Millisecond)},
		{Name: "critical", Change: InPlace,
			Exports: onlySystemd("the failure of one job ends no other",
				lost("the failure of one unit ends no other; FailureAction= would reboot")),
			Doc: "When this service is failing or has failed, everything is stopped and ammarctl up ends with exit code 1, " +
				"as a container's main process should.",
			Value: boolean(func(s *Service) *bool { return &s.Critical }, false)},
		{Name: "on_failure", Shown: ShowCommand, Change: InPlace, Example: `["mail", "-s", "hello failed", "me"]`,
			Exports: onlySystemd("no command is run; watch the engine for failures", to("OnFailure")),
			Doc: "A command to run when the service becomes failing, or has failed. " +
				"It finds the service's name in AMMAR_SERVICE and the reason in AMMAR_REASON.",
			Value: command(func(s *Service) *[]string { return &s.OnFailure }, false)},
	}
}

// afterValue is the value of after: names, and what each has to be.
type afterValue struct{ field[[]string] }

func (v afterValue) reset(s *Service) { s.After, s.AfterWhen = nil, nil }

func (v afterValue) equal(a, b *Service) bool {
	return slices.Equal(a.After, b.After) && maps.Equal(a.AfterWhen, b.AfterWhen)
}

func (v afterValue) text(s *Service) string {
	if len(s.AfterWhen) == 0 {
		return v.field.text(s)
	}
	var entries []string
	for _, name := range s.After {
		entries = append(entries, fmt.Sprintf("%s = %q", name, cmp.Or(s.AfterWhen[name], WhenReady)))
	}
	return "{ " + strings.Join(entries, ", ") + " }"
}

// setAfter reads a list of names, or a table of names and conditions.
func setAfter(to *[]string, s *Service, v any) error {
	s.AfterWhen = nil
	table, ok := v.(map[string]any)
	if !ok {
		return setStrings(to, v)
	}
	*to = nil
	for _, name := range slices.Sorted(maps.Keys(table)) {
		switch when, _ := table[name].(string); when {
		case WhenReady:
		case WhenDone, WhenStarted:
			if s.AfterWhen == nil {
				s.AfterWhen = map[string]string{}
			}
			s.AfterWhen[name] = when
		default:
			return &insideError{name, fmt.Errorf(`after.%s: expected "ready", "done" or "started", got %s`,
				name, show(table[name]))}
		}
		*to = append(*to, name)
	}
	if len(*to) == 0 {
		return fmt.Errorf(`expected a list like ["a", "b"], or a table like { a = "done" }, got an empty table`)
	}
	return nil
}

func setExitCodes(to *[]int, v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var codes []int
	for _, item := range list {
		var code int
		if err := setInt(&code, item, 0, 255); err != nil {
			return err
		}
		codes = append(codes, code)
	}
	*to = codes
	return nil
}

func checkPattern(text string) error {
	if _, err := regexp.Compile(text); err != nil {
		return fmt.Errorf("expected a regular expression: %w", err)
	}
	return nil
}

func checkTimezone(text string) error {
	if _, err := time.LoadLocation(text); err != nil || text == "Local" {
		return fmt.Errorf(`expected a time zone that this machine knows, such as "Europe/Berlin" or "UTC", got %q`, text)
	}
	return nil
}

func checkMissed(text string) error {
	if text != "run" && text != "skip" {
		return fmt.Errorf(`expected "run" or "skip", got %q`, text)
	}
	return nil
}

func checkSchedule(text string) error {
	_, err := schedule.Parse(text)
	return err
}

// StopSignals lists the names that stop_signal accepts.
func StopSignals() []string { return []string{"TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH"} }

// setSignal reads a signal's name, and stores it without its SIG.
func setSignal(to *string, v any) error {
	text, _ := v.(string)
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if !slices.Contains(StopSignals(), name) {
		return meant(fmt.Errorf("expected one of %s, got %s", strings.Join(StopSignals(), ", "), show(v)), signalMeant(v))
	}
	*to = name
	return nil
}

// signalMeant is the signal with a number that is the same everywhere, see
// signal(7).
func signalMeant(v any) string {
	return map[string]string{"1": `"HUP"`, "2": `"INT"`, "3": `"QUIT"`, "15": `"TERM"`}[fmt.Sprint(v)]
}

func signalWords() string {
	names := StopSignals()
	last := len(names) - 1
	return `"` + strings.Join(names[:last], `", "`) + `" or "` + names[last] + `"`
}

// The values of start.
const (
	StartNow      = "now"
	StartOnDemand = "on-demand"
)

// OnDemand tells whether the first client starts the service.
func (s Service) OnDemand() bool { return s.Start == StartOnDemand }

func checkStart(text string) error {
	if text != StartNow && text != StartOnDemand {
		return fmt.Errorf("expected %q or %q, got %q", StartNow, StartOnDemand, text)
	}
	return nil
}
