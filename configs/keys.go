package configs

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/schedule"
)

// Key is one key of a [service.NAME] table: the single place where it is
// named, typed and explained. The reference, `ammarctl init` and the decoder
// are all made from this table.
type Key struct {
	Name    string   // "port", or "restart.delay" inside the inline table restart
	Type    string   // for a person: "port", "duration", …
	Default string   // as it is written in TOML; empty: none
	Example string   // where the default says too little
	Kinds   []string // the kinds of service that have it; nil: all
	Doc     string

	set func(*Service, any) error
}

// Has tells whether a service of this kind has the key.
func (k Key) Has(kind string) bool { return k.Kinds == nil || slices.Contains(k.Kinds, kind) }

// Keys lists every key, in the order in which they are documented: those of
// tables inside a service's last, as TOML wants them.
func Keys() []Key {
	keys := append(serviceKeys(), surroundingKeys()...)
	slices.SortStableFunc(keys, func(a, b Key) int { return nesting(a) - nesting(b) })
	return keys
}

func nesting(k Key) int { return strings.Count(k.Name, ".") }

func serviceKeys() []Key {
	ours := []string{KindFiles, KindCamera, KindStatus}
	camera := []string{KindCamera}
	filesOnly := []string{KindFiles}
	return []Key{
		{"kind", "string", "", `"files"`, nil, `What it is: "files", "camera", "status", or "exec" for any executable. The table's name says it for [service.files], [service.camera] and [service.status]; a table with exec is "exec".`,
			func(s *Service, v any) error { return setString(&s.Kind, v) }},
		{"exec", "command", "", `["./hello", "--greeting", "hi"]`, []string{KindExec}, "The program and its arguments. A name without a slash is looked for in PATH, a relative path from dir.",
			func(s *Service, v any) error { return setCommand(&s.Exec, v) }},
		{"port", "port", "", "8080", nil, "The port to listen on. An exec service that opens its own port, or has none, says -1.",
			setPort},
		{"bind", "address", `"127.0.0.1"`, "", nil, `The address to listen on. "0.0.0.0" or "::" opens the service to the network.`,
			setBind},
		{"control", "boolean", "false", "", []string{KindStatus}, "Services can be started, stopped and restarted on the page, by whoever has the token that ammarctl info shows.",
			func(s *Service, v any) error { return setBool(&s.Control, v) }},
		{"root", "folder", `"."`, "", []string{KindFiles}, "The folder to share. ~ is your home; a relative path starts at the configuration file.",
			func(s *Service, v any) error { return setString(&s.Root, v) }},
		{"upload", "boolean", "false", "", filesOnly, "Let files be added to the folder. Only users with the right may replace, move or delete what is there.",
			func(s *Service, v any) error { return setBool(&s.Upload, v) }},
		{"users", "list of users", "", `["anna:$2a$10$… /=rwd", "* /public=r"]`, filesOnly, "Who may do what: name:hash with a bcrypt hash (ammarctl password makes one), then rules PATH=RIGHTS of r (read), w (write), d (delete, move, replace) or - (none). The longest path decides; without rules a user has every right; * is whoever gives no password.",
			func(s *Service, v any) error { return setStrings(&s.Users, v) }},
		{"quota", "size", "", `"10GiB"`, filesOnly, "How much the folder may hold before uploads are refused. 64 MiB of the disk are always left free.",
			func(s *Service, v any) error { return setSize(&s.Quota, v, 1) }},
		{"limit", "size", "", `"20MiB"`, filesOnly, "How much all clients together may transfer per second.",
			func(s *Service, v any) error { return setSize(&s.Limit, v, 1<<10) }},
		{"client_limit", "size", "", `"5MiB"`, filesOnly, "How much each client may transfer per second.",
			func(s *Service, v any) error { return setSize(&s.ClientLimit, v, 1<<10) }},
		{"source", "string", `"auto"`, "", camera, `Where the pictures come from: "auto" takes the first camera that works, else the test pattern; "/dev/video0"; "pattern"; "file:clip.mjpeg"; "http://host:8081/stream.mjpg", another server's MJPEG stream.`,
			func(s *Service, v any) error { return setString(&s.Source, v) }},
		{"width", "number", "0", "1280", camera, "The picture's width in pixels; 0 is the camera's own choice.",
			func(s *Service, v any) error { return setInt(&s.Width, v, 0, 16384) }},
		{"height", "number", "0", "720", camera, "The picture's height in pixels; 0 is the camera's own choice.",
			func(s *Service, v any) error { return setInt(&s.Height, v, 0, 16384) }},
		{"fps", "number", "0", "30", camera, "Frames per second; 0 is the camera's own choice.",
			func(s *Service, v any) error { return setInt(&s.FPS, v, 0, 1000) }},
		{"quality", "number", "80", "", camera, "Of the JPEG pictures that are encoded here, 1 to 100.",
			func(s *Service, v any) error { return setInt(&s.Quality, v, 1, 100) }},
		{"linger", "duration", `"5s"`, "", camera, "How long the camera stays open after its last viewer has gone.",
			func(s *Service, v any) error { return setDuration(&s.Linger, v, 0) }},
		{"always_on", "boolean", "false", "", camera, "Keep the camera open without viewers.",
			func(s *Service, v any) error { return setBool(&s.AlwaysOn, v) }},
		{"format", "string", "", `"YUYV"`, camera, "The pixel format to ask the camera for, by V4L2's name; by itself the best that it has.",
			func(s *Service, v any) error { return setString(&s.Format, v) }},
		{"rotate", "number", "0", "180", camera, "Turn the picture clockwise by 0, 90, 180 or 270 degrees.", setRotate},
		{"flip_h", "boolean", "false", "", camera, "Mirror the picture, left to right.",
			func(s *Service, v any) error { return setBool(&s.FlipH, v) }},
		{"flip_v", "boolean", "false", "", camera, "Mirror the picture, upside down.",
			func(s *Service, v any) error { return setBool(&s.FlipV, v) }},
		{"warm_up", "number", "2", "", camera, "Pictures left out after the camera was opened: until it has measured the light, they are dark.",
			func(s *Service, v any) error { return setInt(&s.WarmUp, v, 0, 300) }},
		{"timelapse", "folder", "", `"~/timelapse"`, camera, "A folder that gets a picture now and then.",
			func(s *Service, v any) error { return setString(&s.Timelapse, v) }},
		{"timelapse_every", "duration", `"10s"`, "", camera, "The time from one of those pictures to the next.",
			func(s *Service, v any) error { return setDuration(&s.TimelapseEvery, v, 100*time.Millisecond) }},
		{"timelapse_limit", "size", `"1GiB"`, "", camera, "How much those pictures may take together, before the oldest are removed.",
			func(s *Service, v any) error { return setSize(&s.TimelapseLimit, v, 1<<20) }},
		{"workers", "number", "64", "", ours, "Requests in progress at once.",
			func(s *Service, v any) error { return setInt(&s.Workers, v, 1, 1<<20) }},
		{"queue", "number", "256", "", ours, "Requests that may wait for a worker; beyond it a request is answered 503 at once, with Retry-After.",
			func(s *Service, v any) error { return setInt(&s.Queue, v, 0, 1<<20) }},
		{"tls_cert", "file", "", `"cert.pem"`, ours, "A certificate in PEM: the service speaks HTTPS, with HTTP/2, and reads the file again when it changes. It needs tls_key too.",
			func(s *Service, v any) error { return setString(&s.TLSCert, v) }},
		{"tls_key", "file", "", `"key.pem"`, ours, "The key of the certificate, in PEM.",
			func(s *Service, v any) error { return setString(&s.TLSKey, v) }},
		{"password_file", "file", "", `"passwords"`, ours, "A file of lines user:hash, with bcrypt or argon2id hashes as htpasswd -B makes them; every request then needs one of them.",
			func(s *Service, v any) error { return setString(&s.PasswordFile, v) }},
		{"hosts", "names", "", `["pi.example.org"]`, ours, `Names by which a service on a private address, or on all of them, may be asked, beside its addresses, this machine's name, single words and names of local zones; others are answered 421, against DNS rebinding. ["*"] allows all.`,
			func(s *Service, v any) error { return setStrings(&s.Hosts, v) }},
		{"max_streams", "number", "1024", "8", ours, "Streams (a camera's viewers, logs that are followed) at once; beyond it a client is answered 503. 0 is no limit.",
			func(s *Service, v any) error { return setInt(&s.MaxStreams, v, 0, 1<<20) }},
		{"max_conns", "number", "16384", "", ours, "Connections open at once; more are closed as they come, and counted. 0 is no limit.",
			func(s *Service, v any) error { return setInt(&s.MaxConns, v, 0, 1<<20) }},
		{"max_conns_per_addr", "number", "1024", "", ours, "Connections open at once from one address, or one IPv6 network of 64 bits; this machine itself has no such limit. 0 is no limit.",
			func(s *Service, v any) error { return setInt(&s.MaxConnsPerAddr, v, 0, 1<<20) }},
		{"env", "table of strings", "", `{ GREETING = "hi" }`, nil, "Variables for the service's environment, beside ammarctl's own.",
			setEnv},
		{"dir", "folder", "", `"/srv/hello"`, nil, "The working folder; by default that of the configuration file.",
			func(s *Service, v any) error { return setString(&s.Dir, v) }},
		{"after", "names", "", `["files"]`, nil, "Services that have to be ready before this one starts. They are stopped after it.",
			func(s *Service, v any) error { return setStrings(&s.After, v) }},
		{"requires", "names", "", `["files"]`, nil, "As after; and while one of these is stopped or failed, this one is stopped too.",
			func(s *Service, v any) error { return setStrings(&s.Requires, v) }},
		{"overlap", "boolean", "true", "", []string{KindFiles, KindStatus, KindExec}, "On a restart the new process is started on the same listener and takes over when it is ready; only then the one before drains. If it never gets ready, the one before goes on. false stops first and starts then, as a service with port = -1 always does.",
			func(s *Service, v any) error { return setBool(&s.Overlap, v) }},
		{"start_timeout", "duration", `"1m"`, "", nil, `How long the service may take to get ready before it is killed, which counts as a crash. "0s" waits for ever.`,
			func(s *Service, v any) error { return setDuration(&s.StartTimeout, v, 0) }},
		{"stop_signal", "signal", `"TERM"`, "", nil, `The signal that asks the service to end: "TERM", "INT", "QUIT", "HUP", "USR1", "USR2" or "WINCH".`,
			setStopSignal},
		{"max_runtime", "duration", `"0s"`, `"24h"`, nil, `A process that has run for so long is restarted. "0s" never does that.`,
			func(s *Service, v any) error { return setDuration(&s.MaxRuntime, v, 0) }},
		{"watchdog", "duration", `"0s"`, `"30s"`, []string{KindExec}, `The service says WATCHDOG=1 on its notify socket at least this often (WATCHDOG_USEC tells it), or is killed and started again. "0s" expects nothing.`,
			func(s *Service, v any) error { return setDuration(&s.Watchdog, v, 0) }},
		{"stop_timeout", "duration", `"10s"`, "", nil, "How long the service may take to finish after SIGTERM before it is killed; it is told in `AMMAR_STOP_TIMEOUT`.",
			func(s *Service, v any) error { return setDuration(&s.StopTimeout, v, time.Millisecond) }},
		{"oneshot", "boolean", "false", "", []string{KindExec}, "The service is a task: it is ready for those that come after it when it has ended with exit status 0, and then stays stopped.",
			func(s *Service, v any) error { return setBool(&s.Oneshot, v) }},
		{"schedule", "schedule", "", `"30 4 * * *"`, []string{KindExec}, `When to start it: minute, hour, day of the month, month and weekday as in crontab(5), or "@hourly", "@daily", "@weekly", "@monthly", "@every 10m". It is not started a second time while it runs, and what was missed is not made up for.`,
			setSchedule},
		{"replicas", "number", "1", "4", nil, "So many processes share the port; each is a service of its own, NAME-1, NAME-2 and so on.",
			func(s *Service, v any) error { return setInt(&s.Replicas, v, 1, 64) }},
		{"watch", "paths", "", `["app.py", "templates"]`, []string{KindExec}, "Files and folders, seen from dir; the service is restarted when one of them changes. For development.",
			func(s *Service, v any) error { return setStrings(&s.Watch, v) }},
		{"critical", "boolean", "false", "", nil, "When this service has failed, everything is stopped and ammarctl up ends with exit code 1, as a container's main process should.",
			func(s *Service, v any) error { return setBool(&s.Critical, v) }},
		{"on_failure", "command", "", `["mail", "-s", "hello failed", "me"]`, nil, "A command to run when the service has failed; AMMAR_SERVICE and AMMAR_REASON tell it which and why.",
			func(s *Service, v any) error { return setStrings(&s.OnFailure, v) }},
		{"restart.policy", "string", `"on-failure"`, "", nil, `When a service that ended by itself is started again: "always", "on-failure" (not after exit status 0) or "never".`,
			setPolicy},
		{"restart.delay", "duration", `"500ms"`, "", nil, "The first restart is at once, the second after this long; the delay doubles each time.",
			func(s *Service, v any) error { return setDuration(&s.Restart.Delay, v, time.Millisecond) }},
		{"restart.max_delay", "duration", `"30s"`, "", nil, "The delay grows no further than this.",
			func(s *Service, v any) error { return setDuration(&s.Restart.MaxDelay, v, time.Millisecond) }},
		{"restart.limit", "number", "5", "", nil, "So many starts within the window, and the service is failed: it stays down until somebody starts it. 0 never gives up.",
			func(s *Service, v any) error { return setInt(&s.Restart.Limit, v, 0, 1<<20) }},
		{"restart.window", "duration", `"1m"`, "", nil, "The time in which starts are counted. A service that was ready for so long is started at once again.",
			func(s *Service, v any) error { return setDuration(&s.Restart.Window, v, time.Millisecond) }},
		{"probe.http", "path or URL", "", `"/healthz"`, nil, "A path on the service's port, or a URL, that answers 2xx while it is well. While it does not, the service is degraded.",
			func(s *Service, v any) error { return setProbePath(s, v) }},
		{"probe.tcp", "address", "", `"127.0.0.1:6379"`, nil, "Instead of http: an address that accepts connections while the service is well.",
			func(s *Service, v any) error { return setProbeTCP(s, v) }},
		{"probe.exec", "command", "", `["redis-cli", "ping"]`, nil, "Instead of http: a command that ends with exit status 0 while the service is well.",
			func(s *Service, v any) error { return setStrings(&probeOf(s).Exec, v) }},
		{"probe.every", "duration", `"5s"`, "", nil, "How often it is asked for.",
			func(s *Service, v any) error { return setDuration(&probeOf(s).Every, v, 10*time.Millisecond) }},
		{"probe.timeout", "duration", `"1s"`, "", nil, "How long the answer may take.",
			func(s *Service, v any) error { return setDuration(&probeOf(s).Timeout, v, time.Millisecond) }},
		{"probe.start_period", "duration", `"0s"`, `"30s"`, nil, "For so long after the start, failures before the first success don't count.",
			func(s *Service, v any) error { return setDuration(&probeOf(s).StartPeriod, v, 0) }},
		{"probe.restart", "boolean", "false", "", nil, "Restart the service when it is degraded, as often as restart.limit allows.",
			func(s *Service, v any) error { return setBool(&probeOf(s).Restart, v) }},
		{"probe.failures", "number", "3", "", nil, "So many failures in a row make the service degraded.",
			func(s *Service, v any) error { return setInt(&probeOf(s).Failures, v, 1, 1000) }},
	}
}

func probeOf(s *Service) *Probe {
	if s.Probe == nil {
		s.Probe = &Probe{Every: 5 * time.Second, Timeout: time.Second, Failures: 3}
	}
	return s.Probe
}

func setProbePath(s *Service, v any) error {
	var path string
	if err := setString(&path, v); err != nil {
		return err
	}
	if u, err := url.Parse(path); err != nil || !strings.HasPrefix(path, "/") && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return fmt.Errorf("expected a path that begins with /, or a URL such as http://127.0.0.1:8000/, got %q", path)
	}
	probeOf(s).HTTP = path
	return nil
}

func setProbeTCP(s *Service, v any) error {
	var text string
	if err := setString(&text, v); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(text)
	if n, wrong := strconv.Atoi(port); err != nil || host == "" || wrong != nil || n < 1 || n > 65535 {
		return fmt.Errorf("expected an address with a port, such as 127.0.0.1:6379, got %q", text)
	}
	probeOf(s).TCP = text
	return nil
}

func setSchedule(s *Service, v any) error {
	if err := setString(&s.Schedule, v); err != nil {
		return err
	}
	_, err := schedule.Parse(s.Schedule)
	return err
}

// StopSignals are the names that stop_signal takes.
func StopSignals() []string { return []string{"TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH"} }

func setStopSignal(s *Service, v any) error {
	var text string
	if err := setString(&text, v); err != nil {
		return err
	}
	if !slices.Contains(StopSignals(), text) {
		return fmt.Errorf(`expected one of %s, got %q`, strings.Join(StopSignals(), ", "), text)
	}
	s.StopSignal = text
	return nil
}

func setPolicy(s *Service, v any) error {
	var text string
	if err := setString(&text, v); err != nil {
		return err
	}
	policies := []RestartPolicy{RestartAlways, RestartOnFailure, RestartNever}
	if !slices.Contains(policies, RestartPolicy(text)) {
		return fmt.Errorf(`expected "always", "on-failure" or "never", got %q`, text)
	}
	s.Restart.Policy = RestartPolicy(text)
	return nil
}

func setPort(s *Service, v any) error {
	n, ok := v.(int64)
	switch {
	case ok && n == -1 && s.Kind == KindExec, ok && n >= 1 && n <= 65535:
		s.Port = int(n)
		return nil
	case s.Kind == KindExec:
		return fmt.Errorf("expected a port number from 1 to 65535, or -1 for none, got %s", show(v))
	}
	return fmt.Errorf("expected a port number from 1 to 65535, got %s", show(v))
}

func setEnv(s *Service, v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf(`expected a table like { NAME = "value" }, got %s`, show(v))
	}
	s.Env = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		value := table[name]
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return &insideError{name, fmt.Errorf("env: expected the name of a variable, without = and not empty, got %q", name)}
		}
		text, ok := value.(string)
		if !ok || strings.ContainsRune(text, 0) {
			return &insideError{name, fmt.Errorf("env.%s: expected text in quotes, got %s", name, show(value))}
		}
		s.Env[name] = text
	}
	return nil
}

// insideError is about one key inside a value.
type insideError struct {
	key string
	error
}

// setBind takes what net.Listen takes before the port.
func setBind(s *Service, v any) error {
	var text string
	if err := setString(&text, v); err != nil {
		return err
	}
	if _, err := netip.ParseAddr(text); err != nil && !hostName().MatchString(text) {
		return fmt.Errorf(`expected an address without a port, such as "127.0.0.1" or "::", got %q`, text)
	}
	s.Bind = text
	return nil
}

// hostName is one as RFC 1123 section 2.1 has it, with a letter, so that a
// mistyped IPv4 address is none.
var hostName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9.-]*[A-Za-z][A-Za-z0-9.-]*$`) })

func setString(to *string, v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("expected text in quotes, got %s", show(v))
	}
	if text == "" || strings.ContainsRune(text, 0) {
		return fmt.Errorf("expected some text, got %q", text)
	}
	*to = text
	return nil
}

func setStrings(to *[]string, v any) error {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return fmt.Errorf(`expected a list like ["a", "b"], got %s`, show(v))
	}
	var out []string
	for _, item := range list {
		var text string
		if err := setString(&text, item); err != nil {
			return err
		}
		out = append(out, text)
	}
	*to = out
	return nil
}

// quoted is a command line as a list is written, one without quotes of its own.
func quoted(line string) string {
	if strings.ContainsAny(line, "'\"\\|&;<>$*?`") {
		return `"sh", "-c", ` + strconv.Quote(line)
	}
	var parts []string
	for _, word := range strings.Fields(line) {
		parts = append(parts, strconv.Quote(word))
	}
	return strings.Join(parts, ", ")
}

// setCommand takes a program and its arguments, which may be empty texts.
func setCommand(to *[]string, v any) error {
	list, ok := v.([]any)
	if line, text := v.(string); text && strings.TrimSpace(line) != "" {
		return fmt.Errorf("expected a list, the program and each of its arguments in quotes: [%s]; got %s", quoted(line), show(v))
	}
	if !ok || len(list) == 0 {
		return fmt.Errorf(`expected a list like ["a", "b"], got %s`, show(v))
	}
	out := make([]string, len(list))
	for i, item := range list {
		if item == "" && i > 0 {
			continue
		}
		if err := setString(&out[i], item); err != nil {
			return err
		}
	}
	*to = out
	return nil
}

func setInt(to *int, v any, low, high int) error {
	n, ok := v.(int64)
	if !ok || n < int64(low) || n > int64(high) {
		return fmt.Errorf("expected a number from %d to %d, got %s", low, high, show(v))
	}
	*to = int(n)
	return nil
}

func setBool(to *bool, v any) error {
	b, ok := v.(bool)
	if !ok {
		return fmt.Errorf("expected true or false, got %s", show(v))
	}
	*to = b
	return nil
}

func setDuration(to *time.Duration, v any, low time.Duration) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf(`expected a duration in quotes, like "500ms" or "1m30s", got %s`, show(v))
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf(`expected a duration like "500ms" or "1m30s", got %q`, text)
	}
	if d < low {
		return fmt.Errorf("expected a duration of %s or more, got %q", duration(low), text)
	}
	*to = d
	return nil
}

// duration is d as a person writes it: without the zeros of time.Duration's
// own "1m0s".
func duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// tableExample shows how a table of keys is written.
func tableExample(table string, keys []Key) string {
	for _, k := range keys {
		if name, ok := strings.CutPrefix(k.Name, table+"."); ok {
			return "{ " + name + " = " + k.sample() + " }"
		}
	}
	return "{ }"
}

// sample is a value that the key takes: its default where it has one.
func (k Key) sample() string { return cmp.Or(k.Default, k.Example) }

// show is a value as a person wrote it.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return fmt.Sprint(v)
}
