package export

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/redact"
)

const (
	// metricsPort is where services that come with ammarctl show metrics and
	// health, inside their container.
	metricsPort = 9464
	// settle is how long an engine that takes a service out of its addresses
	// waits before it asks it to stop.
	settle = 5 * time.Second
	// secretsFolder has what is not written into a job.
	secretsFolder = "/run/ammarctl"
	// program is ammarctl in its image.
	program = "ammarctl"
	// healthz is the page of built-in services that tells whether they work.
	healthz = "/healthz"
)

// job is a service as engines need to know it.
type job struct {
	table
	label   string            // what it is called where letters are few
	names   map[string]string // the labels of all
	image   string
	argv    []string
	env     map[string]string
	secrets []string // variables whose values are not written
	files   []secretFile
	mounts  []mount
	devices []string
	metrics *metrics
	probe   *probe
	notes   []string
}

// secretFile is one that the engine keeps for the service.
type secretFile struct {
	key  string // tls_cert, …
	from string // on this machine
	at   string // in the container
}

// mount is a folder that has to last.
type mount struct {
	name     string
	from     string // on this machine; empty: it begins empty
	at       string
	readOnly bool
	size     int64 // bytes; 0: not known
}

type metrics struct {
	port int
	path string
}

// probe asks the service; host is empty for the service itself.
type probe struct {
	question
	scheme, host  string // scheme is http, https, tcp, or empty with a command
	port          int
	path          string
	headers       map[string]string
	insecure      bool
	exec          []string
	every, within time.Duration
	failures      int
	after         time.Duration // failures before the first success don't count for this long
	restart       bool
}

// builtin tells whether the service's program is part of ammarctl.
func (j *job) builtin() bool { return kind.Of(j.Kind).Builtin }

func (j *job) note(format string, args ...any) {
	j.notes = append(j.notes, fmt.Sprintf(format, args...))
}

func newJob(t table, names map[string]string, o Options) *job {
	j := &job{table: t, label: names[t.Name], names: names, env: map[string]string{}}
	if j.label != j.Name {
		j.note("it is called %s where the name has to be one of DNS", j.label)
	}
	j.image = o.Images[j.Name]
	if !j.builtin() {
		j.program()
	} else {
		j.image = cmp.Or(j.image, o.Image)
		if strings.HasPrefix(j.image, program+":") {
			j.note("the image %s is to be made, of the static binary and nothing else; docs/beyond-one-machine.md shows how",
				j.image)
		}
		j.ownProgram()
	}
	j.environment()
	j.asked()
	return j
}

// program is an executable that is not part of ammarctl.
func (j *job) program() {
	if j.image == "" {
		j.image = "localhost/" + j.label + ":latest"
		j.note("its image is to be made, and named with --image %s=IMAGE: it has to bring %s, and in its WORKDIR what is "+
			"in %s here", j.Name, j.Command()[0], j.Dir)
	}
	j.argv = j.Command()
	if j.Port > 0 {
		address := net.JoinHostPort("0.0.0.0", strconv.Itoa(j.Port))
		j.env[contract.Listen], j.env["PORT"] = address, strconv.Itoa(j.Port)
		j.note("no listener is passed to it: it has to listen on %s itself, as PORT tells it, and %s those that link "+
			"server/", address, contract.Listen)
	}
	if j.Port == configs.FreePort {
		j.note(`port: "auto" is a port of this machine; give it a number, and the engine opens it`)
	}
	if j.Metrics == "" {
		return
	}
	u, err := url.Parse(j.Metrics)
	if err != nil {
		return // the configuration has been checked
	}
	port := portOf(u)
	if !loopback(u.Hostname()) {
		j.note("metrics: they are at %s; tell your Prometheus", redact.URL(j.Metrics))
		return
	}
	j.metrics = &metrics{port, cmp.Or(u.Path, "/")}
}

// ownProgram is a built-in service in a container, where its files and folders
// have places of their own.
func (j *job) ownProgram() {
	s := j.Service
	s.Bind = "0.0.0.0"
	port := metricsPort
	if s.Port == port {
		port++
	}
	j.metrics = &metrics{port, "/metrics"}
	j.env[contract.Metrics] = net.JoinHostPort("0.0.0.0", strconv.Itoa(port))
	writes := false
	for _, p := range j.places() {
		if p.secret {
			j.files = append(j.files, secretFile{p.name, p.folder, p.at})
		} else {
			j.mounts = append(j.mounts, mount{p.name, p.folder, p.at, !p.writable, p.size})
		}
		writes = writes || p.writable
		p.move(&s)
	}
	if of := kind.Of(s.Kind); of.KeepsState && (writes || len(s.Users) > 0) {
		j.mounts = append(j.mounts, mount{"state", "", "/state", false, 64 << 20})
		j.env["XDG_STATE_HOME"] = "/state" // its links
	} else if of.ShowsInstance {
		j.env[contract.Supervisor] = "/run/supervisor/control.sock"
		j.note("it shows a supervisor of ammarctl, and there is none: the engine's own view takes its place. " +
			"To show one that runs on the machine, mount the folder of its control socket (ammarctl info) at /run/supervisor")
	} else if of.OwnsDevice {
		device, guessed := s.Device()
		if device != "" {
			j.devices = []string{device}
		}
		if guessed {
			j.note(`source: "auto" looks for cameras; here it has %s`, device)
		}
	}
	j.argv = configs.Argv(program, s)
}

// environment lists the service's variables, without the secret ones.
func (j *job) environment() {
	j.env[contract.StopTimeout] = j.StopTimeout.String()
	if j.Limits.Threads > 0 {
		j.env["GOMAXPROCS"] = strconv.Itoa(j.Limits.Threads)
	}
	j.secrets = slices.Collect(maps.Keys(j.Secrets))
	if len(j.Users) > 0 {
		j.secrets = append(j.secrets, contract.FilesUsers)
		j.note("users: they are not written here; %s is one a line, as in the configuration", contract.FilesUsers)
	}
	for name, value := range j.Env {
		if !confidential(name) && !passwordInURL(value) {
			j.env[name] = value
			continue
		}
		if !slices.Contains(j.secrets, name) {
			j.secrets = append(j.secrets, name)
		}
	}
	slices.Sort(j.secrets)
}

// confidential tells whether a variable is by its name one for whose value a
// job, which is kept and shown, is no place.
func confidential(name string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc([]string{"PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "API_KEY", "PRIVATE_KEY",
		"ACCESS_KEY", "CREDENTIAL"},
		func(word string) bool { return strings.Contains(name, word) })
}

// passwordInURL tells whether a value is an address with its user's password.
func passwordInURL(value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.User == nil {
		return false
	}
	_, has := u.User.Password()
	return has
}

// asked is how the service is found to be well. Those that come with ammarctl
// have a page for that.
func (j *job) asked() {
	p := j.Probe
	if p == nil && !j.builtin() {
		return
	}
	if p == nil {
		p = &configs.Probe{HTTP: healthz, Every: 5 * time.Second, Timeout: time.Second, Failures: 3}
	}
	j.probe = &probe{exec: p.Exec, every: p.Every, within: p.Timeout, failures: p.Failures, after: p.StartPeriod,
		restart: p.Restart, question: questions()[p.Type()]}
	j.probe.resolve(j, p)
}

// itself is empty for a name of the service's own machine.
func itself(host string) string {
	if loopback(host) {
		return ""
	}
	return host
}

func portOf(u *url.URL) int {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// task tells whether the service is to end by itself.
func (j *job) task() bool { return j.Oneshot || j.Schedule != "" }

// seconds is d in whole seconds, rounded up, at least 1.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// coarse notes that an engine counts in seconds.
func (j *job) coarse(engine string) {
	var rounded []string
	add := func(key string, d time.Duration) {
		if d%time.Second != 0 {
			rounded = append(rounded, fmt.Sprintf("%s %s to %d s", key, d, seconds(d)))
		}
	}
	if j.Probe != nil {
		add("probe.every", j.Probe.Every)
		add("probe.timeout", j.Probe.Timeout)
		add("probe.start_period", j.Probe.StartPeriod)
	}
	add("stop_timeout", j.StopTimeout)
	if len(rounded) > 0 {
		j.note("%s counts in seconds; rounded up: %s", engine, strings.Join(rounded, ", "))
	}
}
