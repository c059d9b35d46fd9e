package export

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/unitfile"
)

// SystemdOptions are what a configuration does not say about this machine.
type SystemdOptions struct {
	Program string   // absolute path of ammarctl
	User    string   // who runs what has no user of its own
	Only    []string // services to export; empty: all
}

// Systemd writes the services as units of the system's own systemd. Each gets a
// service unit with few permissions, see systemd.exec(5). A socket unit holds its
// listener, so that clients wait during a restart. The result depends only on the
// arguments.
func Systemd(services []configs.Service, o SystemdOptions) (Result, error) {
	if !filepath.IsAbs(o.Program) || o.User == "" {
		return Result{}, errors.New("units need the absolute path of ammarctl, and a user")
	}
	tables, err := together(services, o.Only)
	if err != nil {
		return Result{}, err
	}
	if len(tables) == 0 {
		return Result{}, errors.New("the configuration has no service to export")
	}
	r := Result{Notes: []Note{}}
	for _, t := range tables {
		u := &unit{table: t, all: tables, options: o}
		for _, text := range unsupported(t.Service, systemdEngine) {
			u.note("%s", text)
		}
		if err := u.write(&r); err != nil {
			return Result{}, err
		}
		r.addNotes(t.Name, u.notes)
	}
	return r, nil
}

func (r *Result) addNotes(service string, notes []string) {
	for _, text := range notes {
		i := slices.IndexFunc(r.Notes, func(n Note) bool { return n.Text == text })
		if i < 0 {
			r.Notes = append(r.Notes, Note{nil, text})
			i = len(r.Notes) - 1
		}
		r.Notes[i].Services = append(r.Notes[i].Services, service)
	}
}

// unit is a service with the notes on it.
type unit struct {
	table
	all     []table
	options SystemdOptions
	notes   []string
}

func (u *unit) note(format string, args ...any) {
	u.notes = append(u.notes, fmt.Sprintf(format, args...))
}

// unitName returns the name of a service's units, without their endings.
func unitName(service string) string { return "ammarctl-" + service }

func (u *unit) name() string { return unitName(u.Name) }

// ini collects the lines of a unit file. It cannot express a value with a line break.
type ini struct {
	b   strings.Builder
	err error
}

func (i *ini) section(name string) {
	if i.b.Len() > 0 {
		i.b.WriteString("\n")
	}
	i.b.WriteString("[" + name + "]\n")
}

func (i *ini) set(key, value string) {
	if strings.ContainsAny(value, "\n\r\x00") && i.err == nil {
		i.err = fmt.Errorf("cannot write %s of a unit: %q has a line break", key, value)
	}
	i.b.WriteString(key + "=" + value + "\n")
}

func (i *ini) lines(text string) { i.b.WriteString(text) }

func (r *Result) add(name string, i *ini) error {
	r.Files = append(r.Files, File{name, i.b.String()})
	return i.err
}

func (u *unit) write(r *Result) error {
	files := []func(*Result) error{u.writeSocket}
	for n := 1; n <= u.count; n++ {
		files = append(files, func(r *Result) error { return u.writeService(r, n) })
	}
	files = append(files, u.writeTimer, u.writeProbe, u.writeOnFailure)
	for _, write := range files {
		if err := write(r); err != nil {
			return fmt.Errorf("%s: %w", u.Name, err)
		}
	}
	return nil
}

// file is the name of the n-th service unit.
func (u *unit) file(n int) string {
	if u.count == 1 {
		return u.name() + ".service"
	}
	return fmt.Sprintf("%s-%d.service", u.name(), n)
}

func (u *unit) socket() string { return u.name() + ".socket" }

func (u *unit) writeSocket(r *Result) error {
	if u.Port <= 0 {
		return nil
	}
	i := &ini{}
	i.section("Unit")
	i.set("Description", "the listener of "+u.Name)
	i.section("Socket")
	i.set("ListenStream", net.JoinHostPort(u.Bind, strconv.Itoa(u.Port)))
	i.set("FileDescriptorName", u.Name)
	i.set("Service", u.file(1))
	i.set("Backlog", "4096")
	i.set("NoDelay", "yes")
	i.section("Install")
	i.set("WantedBy", "sockets.target")
	return r.add(u.socket(), i)
}

func (u *unit) writeService(r *Result, n int) error {
	i := &ini{}
	i.section("Unit")
	i.set("Description", unitfile.Specifiers(u.Name+", from ammarctl's configuration"))
	if u.Port > 0 {
		i.set("Requires", u.socket())
		i.set("After", u.socket())
	}
	for _, name := range slices.Concat(u.After, u.Requires) {
		u.relate(i, "After", name)
	}
	for _, name := range u.Requires {
		u.relate(i, "Requires", name)
	}
	if len(u.OnFailure) > 0 {
		i.set("OnFailure", u.name()+"-failed.service")
	}
	if u.asksHTTP() {
		i.set("Wants", u.name()+"-probe.timer")
	}
	if u.Schedule == "" {
		if u.Restart.Limit > 0 {
			i.set("StartLimitBurst", strconv.Itoa(u.Restart.Limit))
			i.set("StartLimitIntervalSec", span(u.Restart.Window))
		} else {
			i.set("StartLimitIntervalSec", "0") // it is tried for ever
		}
	}
	i.section("Service")
	u.process(i)
	u.limits(i)
	u.hardening(i)
	if u.Schedule == "" && u.Autostart {
		i.section("Install")
		i.set("WantedBy", "multi-user.target")
	}
	return r.add(u.file(n), i)
}

// relate names another service's unit, when that is exported too.
func (u *unit) relate(i *ini, how, name string) {
	at := slices.IndexFunc(u.all, func(t table) bool { return t.Name == name })
	if at < 0 {
		u.note("after: %s is not among the units", name)
		return
	}
	other := unit{table: u.all[at]}
	i.set(how, other.file(1))
}

func (u *unit) process(i *ini) {
	switch {
	case u.Oneshot, u.Schedule != "":
		i.set("Type", "oneshot")
		if u.Schedule == "" {
			i.set("RemainAfterExit", "yes")
		}
	case !kind.Of(u.Kind).Builtin && u.Watchdog == 0:
		i.set("Type", "exec") // it may never say that it is ready
	default:
		i.set("Type", "notify")
	}
	argv := slices.Clone(configs.Argv(u.options.Program, u.Service))
	if strings.Contains(argv[0], "/") && !filepath.IsAbs(argv[0]) {
		argv[0] = filepath.Join(u.Dir, argv[0])
	}
	for _, hook := range []struct {
		field   string
		command []string
	}{{"ExecStartPre", u.BeforeStart}, {"ExecStopPost", u.AfterStop}, {"ExecReload", u.Reload}} {
		if len(hook.command) > 0 {
			i.set(hook.field, unitfile.Command(hook.command))
		}
	}
	i.set("ExecStart", unitfile.Command(argv))
	if u.Dir != "" {
		i.set("WorkingDirectory", unitfile.Specifiers(u.Dir))
	}
	i.set("User", cmp.Or(u.User, u.options.User))
	if u.Umask >= 0 {
		i.set("UMask", fmt.Sprintf("%04o", u.Umask))
	}
	if u.Port > 0 && u.count > 1 {
		i.set("Sockets", u.socket())
	}
	u.environment(i)
	if kind.Of(u.Kind).ShowsInstance {
		u.note("it shows a supervisor of ammarctl, and there is none: systemctl takes its place")
	}
	policy := map[configs.RestartPolicy]string{configs.RestartAlways: "always", configs.RestartOnFailure: "on-failure",
		configs.RestartNever: "no"}[u.Restart.Policy]
	if u.MaxRuntime > 0 {
		i.set("RuntimeMaxSec", span(u.MaxRuntime)) // which counts as a failure
		if policy == "no" {
			u.note("max_runtime: with restart.policy = \"never\" it ends then, and stays so")
		}
	}
	if u.Schedule == "" && !(u.Oneshot && policy == "always") {
		i.set("Restart", policy)
		i.set("RestartSec", span(u.Restart.Delay))
	}
	var codes []string
	for _, code := range u.SuccessExitCodes {
		codes = append(codes, strconv.Itoa(code))
	}
	if len(codes) > 0 {
		i.set("SuccessExitStatus", strings.Join(codes, " "))
	}
	if u.StartTimeout == 0 {
		i.set("TimeoutStartSec", "infinity")
	} else {
		i.set("TimeoutStartSec", span(u.StartTimeout))
	}
	i.set("TimeoutStopSec", span(u.StopTimeout))
	i.set("KillSignal", "SIG"+u.StopSignal)
	if u.Watchdog > 0 {
		i.set("WatchdogSec", span(u.Watchdog))
	}
}

// environment says what is no secret; a unit can be read by everybody.
func (u *unit) environment(i *ini) {
	env := map[string]string{contract.StopTimeout: u.StopTimeout.String()}
	var hidden []string
	for name, value := range u.Env {
		if confidential(name) || passwordInURL(value) {
			hidden = append(hidden, name)
			continue
		}
		env[name] = value
	}
	if u.Limits.Threads > 0 {
		env["GOMAXPROCS"] = strconv.Itoa(u.Limits.Threads)
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		i.set("Environment", unitfile.Word(name+"="+env[name]))
	}
	for _, path := range u.EnvFiles {
		i.set("EnvironmentFile", unitfile.Specifiers(path))
	}
	if len(u.Users) > 0 {
		hidden = append(hidden, filesUsers)
	}
	if len(hidden) > 0 {
		slices.Sort(hidden)
		path := "/etc/ammarctl/" + u.Name + ".env"
		i.set("EnvironmentFile", path)
		u.note("%s: not written here; put NAME=\"value\" into %s, for root alone to read", strings.Join(hidden, ", "), path)
	}
	for _, name := range slices.Sorted(maps.Keys(u.Secrets)) {
		i.set("LoadCredential", unitfile.Specifiers(name+":"+u.Secrets[name]))
		u.note("secrets: systemd puts no file into a variable; %s is the file $CREDENTIALS_DIRECTORY/%s, which the "+
			"program has to read", name, name)
	}
}

func (u *unit) limits(i *ini) {
	l := u.Limits
	if l.Nice != 0 {
		i.set("Nice", strconv.Itoa(l.Nice))
	}
	if l.Memory > 0 {
		i.set("MemoryMax", strconv.FormatInt(l.Memory, 10))
		i.set("MemorySwapMax", "0")
	}
	if l.CPU > 0 {
		i.set("CPUQuota", strconv.FormatFloat(l.CPU*100, 'f', -1, 64)+"%")
	}
	if len(l.CPUs) > 0 {
		i.set("CPUAffinity", numbersWith(l.CPUs, " "))
	}
	if l.OpenFiles > 0 {
		i.set("LimitNOFILE", strconv.Itoa(l.OpenFiles))
	}
	if l.Processes > 0 {
		i.set("TasksMax", strconv.Itoa(l.Processes))
	}
}

func numbersWith(list []int, between string) string {
	var words []string
	for _, n := range list {
		words = append(words, strconv.Itoa(n))
	}
	return strings.Join(words, between)
}

// span is a length of time as systemd.time(7) has it.
func span(d time.Duration) string {
	switch {
	case d%time.Second == 0:
		return strconv.FormatInt(int64(d/time.Second), 10)
	case d%time.Millisecond == 0:
		return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
	}
	return strconv.FormatInt(max(1, d.Microseconds()), 10) + "us"
}
