// Package api holds the words spoken on the supervisor's control socket: the
// JSON that supervisor/control writes and supervisor/client reads. Field names
// are stable; fields are added, never renamed.
package api

import (
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// Service is one supervised executable as `ps --json` shows it.
type Service struct {
	Name              string  `json:"name"`
	Kind              string  `json:"kind"` // files, camera, status, or exec
	State             State   `json:"state"`
	PID               int     `json:"pid"`  // 0 when it does not run
	Addr              string  `json:"addr"` // host:port, empty when it has no port
	Restarts          int     `json:"restarts"`
	UptimeSeconds     float64 `json:"uptime_seconds"` // of the running process, since it was launched
	RequestsTotal     float64 `json:"requests_total"`
	RequestsPerSecond float64 `json:"requests_per_second"`
	BytesPerSecond    float64 `json:"bytes_per_second"`
	Connections       int     `json:"connections"`
	Streams           int     `json:"streams"`
	Pool              *Pool   `json:"pool"` // null for a service without one
	P50MS             float64 `json:"p50_ms"`
	P99MS             float64 `json:"p99_ms"`
	CPUPercent        float64 `json:"cpu_percent"` // 100 is one core
	RSSBytes          int64   `json:"rss_bytes"`
	Camera            *Camera `json:"camera"` // null for everything but a camera
	LastExit          *Exit   `json:"last_exit"`
	TLS               bool    `json:"tls,omitempty"` // it speaks HTTPS at Addr

	// Listens are the addresses on which the service is known to listen,
	// host:port, in the order in which it opened them. IPv4 and IPv6 addresses
	// are listed separately.
	Listens []string `json:"listens,omitempty"`
	// NoTakeover says in words why the ports that the program opens are not held.
	// It is empty when they are held, or need not be.
	NoTakeover string `json:"no_takeover,omitempty"`

	// Groups are those that the configuration puts it in.
	Groups []string `json:"groups,omitempty"`
	// ReplicaOf is the service that it is one of the replicas of; empty: none.
	ReplicaOf string `json:"replica_of,omitempty"`
	// Source tells where the requests, their rate and latency come from: metrics,
	// access log, or sockets, which tell of connections and bytes only. It is
	// empty where nothing is known.
	Source string `json:"source,omitempty"`
	// Answers counts what the access log tells; null without one.
	Answers *Answers `json:"answers,omitempty"`
	// Sockets are the connections to Listens; null where the kernel does not tell.
	Sockets *Sockets `json:"sockets,omitempty"`
	// Hint is advice for a service that works, and may not work as expected.
	Hint string `json:"hint,omitempty"`

	// Host is the machine, where services of several are listed; empty for this
	// one. Its services are called host/name then.
	Host string `json:"host,omitempty"`
	// Lost tells that the machine does not answer: this is what was last seen.
	Lost bool `json:"lost,omitempty"`

	// StateSince is when the service came into its state; null for one that was
	// never started.
	StateSince *time.Time `json:"state_since,omitempty"`
	// Deadline is when what it does now ends at the latest: a start is given up
	// then, and what has not ended, or still drains, is killed.
	Deadline *time.Time `json:"deadline,omitempty"`

	// Adopted tells that a supervisor before this one has started the process.
	Adopted bool `json:"adopted,omitempty"`
	// NextPID is the process that takes over from PID as soon as it is ready.
	NextPID int `json:"next_pid,omitempty"`
	// Draining are the processes before, which finish what they have begun.
	Draining []int `json:"draining,omitempty"`

	// Control is the path of the socket on which the running process answers
	// about itself, if it is one that does (see the service contract).
	Control string `json:"control,omitempty"`
	// Status is the service's own one-line text (STATUS= of sd_notify(3)).
	Status string `json:"status,omitempty"`
	// Command is the command line of the service: the program and the number of
	// its arguments. With show_args = true it has every argument.
	Command string `json:"command,omitempty"`
	// Reason says why the service is in its state, and what happens next, for
	// a person: "port 8080 is in use by nginx (pid 12)".
	Reason string `json:"reason,omitempty"`
	// Explain is the code of the story that belongs to Reason, for `ammarctl
	// explain`; empty where Reason says it all.
	Explain string `json:"explain,omitempty"`
	// StoppedByHand tells that a person has stopped the service, so it stays
	// down until a person starts it.
	StoppedByHand bool `json:"stopped_by_hand,omitempty"`
	// NextStart is when a service in backoff is started again.
	NextStart *time.Time `json:"next_start,omitempty"`
	Share     *Share     `json:"share,omitempty"`
	// Transient tells that `ammarctl run` started the service: it is in no
	// configuration, and ends with stop.
	Transient bool `json:"transient,omitempty"`
	// Rates is requests/s over the last 60 seconds at most, oldest first.
	Rates []float64 `json:"rates,omitempty"`
}

// Pool is a service's bounded set of workers.
type Pool struct {
	Size          int     `json:"size"`
	Busy          int     `json:"busy"`
	Queued        int     `json:"queued"`
	QueueLimit    int     `json:"queue_limit"`
	RejectedTotal float64 `json:"rejected_total"`
}

// Camera is what a camera service reports.
type Camera struct {
	FPS             float64 `json:"fps"`
	Clients         int     `json:"clients"`
	FramesTotal     float64 `json:"frames_total"`
	FrameAgeSeconds float64 `json:"frame_age_seconds"`
	Capturing       bool    `json:"capturing"` // false: idle, the device is released
}

// Exit is how a process of a service ended.
type Exit struct {
	Text   string    `json:"text"`             // "exit status 3", "signal: killed"
	Code   int       `json:"code"`             // -1 when a signal ended it
	Signal string    `json:"signal,omitempty"` // "killed"
	Time   time.Time `json:"time"`
	Lines  []string  `json:"lines,omitempty"` // its last log lines, ten at most
}

// Share marks a files service made by `ammarctl share`.
type Share struct {
	Path    string     `json:"path"`
	URLs    []Address  `json:"urls"` // best first
	Expires *time.Time `json:"expires,omitempty"`
	Once    bool       `json:"once,omitempty"`
	Upload  bool       `json:"upload,omitempty"`
	Users   bool       `json:"users,omitempty"` // a password is needed
	// AuthoritySHA256 is the fingerprint that people compare before they trust
	// the share's certificate: that of the authority which signed it, in pairs
	// of hexadecimal digits with colons. Empty without TLS.
	AuthoritySHA256 string `json:"authority_sha256,omitempty"`
}

// Address is one way to reach a service from another machine.
type Address struct {
	URL       string `json:"url"`
	Interface string `json:"interface"` // "wlan0"
	Note      string `json:"note,omitempty"`
}

// Info describes an instance: one running supervisor with its services.
type Info struct {
	Instance      string    `json:"instance"`
	SupervisorPID int       `json:"supervisor_pid"`
	KeeperPID     int       `json:"keeper_pid"` // 0: none
	Config        string    `json:"config"`     // a path, or "embedded default"
	Socket        string    `json:"socket"`
	LogDir        string    `json:"log_dir"`
	Since         time.Time `json:"since"`
	Version       string    `json:"version"`
	Hosts         []string  `json:"hosts"` // this machine's names and addresses, best first
	// Settled tells that each service that there was at the start has come to
	// rest once: it is ready, done, failed, stopped, or waits for a time.
	Settled bool `json:"settled"`
}

// Snapshot is an instance at one moment.
type Snapshot struct {
	Time     time.Time `json:"time"`
	Info     Info      `json:"info"`
	Services []Service `json:"services"`
}

// History is what was measured of a service over the last hour by this
// supervisor.
type History struct {
	Service string `json:"service"`
	Spans   []Span `json:"spans"`
}

// Span is one way to look back: 1m, 15m or 1h.
type Span struct {
	Name        string  `json:"span"`
	StepSeconds float64 `json:"step_seconds"` // between two points
	Points      []Point `json:"points"`       // oldest first; a step in which nothing was measured has none
}

// Point holds the highest value of each measure within a step.
type Point struct {
	Time              time.Time `json:"time"` // when the step began
	RequestsPerSecond float64   `json:"requests_per_second"`
	BytesPerSecond    float64   `json:"bytes_per_second"`
	P50MS             float64   `json:"p50_ms"`
	P99MS             float64   `json:"p99_ms"`
	Busy              int       `json:"busy"`
	Queued            int       `json:"queued"`
	CPUPercent        float64   `json:"cpu_percent"`
	RSSBytes          int64     `json:"rss_bytes"`
	FPS               float64   `json:"fps"`     // of a camera
	Clients           int       `json:"clients"` // of a camera
}

// Setting is one key of a service's configuration as it is in force.
type Setting struct {
	Key     string `json:"key"`     // "port", "restart.delay", "env.GREETING"
	Value   string `json:"value"`   // as a person writes it; "(hidden)" for what may be secret
	Default bool   `json:"default"` // nobody has set it to something else
}

// Controls is what can be set at a camera.
type Controls struct {
	Device   string    `json:"device"` // empty where nothing can be set
	Controls []Control `json:"controls"`
}

// Control is one of a camera's controls, see V4L2's VIDIOC_QUERY_EXT_CTRL.
type Control struct {
	ID       string     `json:"id"` // brightness, white_balance_automatic
	Name     string     `json:"name"`
	Type     string     `json:"type"` // int, bool, menu, button, bitmask
	Min      int        `json:"min"`
	Max      int        `json:"max"`
	Step     int        `json:"step"`
	Default  int        `json:"default"`
	Value    int        `json:"value"`
	Menu     []MenuItem `json:"menu,omitempty"` // of a menu, all that may be chosen
	ReadOnly bool       `json:"read_only"`
	Inactive bool       `json:"inactive"` // another control makes this one count for nothing
}

// MenuItem is one choice of a menu.
type MenuItem struct {
	Value int    `json:"value"`
	Name  string `json:"name"`
}

// LogLine is one event of a service's log.
type LogLine struct {
	Seq     uint64    `json:"seq"` // per service, rising by one; 0 for a line that only the log files still hold
	Time    time.Time `json:"time"`
	Service string    `json:"service"`
	Level   string    `json:"level,omitempty"` // DEBUG, INFO, WARN, ERROR; empty when the line has none
	Msg     string    `json:"msg"`             // the message, or the whole line where it has no structure
	Attrs   []Attr    `json:"attrs,omitempty"` // the other fields of a JSON line, in their order
	Raw     string    `json:"raw"`             // the line as it was written, without its newline
	// Supervisor tells that the supervisor wrote the line, not the service.
	Supervisor bool `json:"supervisor,omitempty"`
}

// Attr is one field of a structured log line.
type Attr struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ShareRequest asks for a share.
type ShareRequest struct {
	Path string `json:"path"` // absolute
	Name string `json:"name,omitempty"`
	Bind string `json:"bind,omitempty"` // empty: all interfaces
	Port int    `json:"port"`           // 0: any free port
	// ExpireSeconds ends the share by itself; 0 never does.
	ExpireSeconds float64 `json:"expire_seconds,omitempty"`
	// Once ends it when everything has been fetched completely.
	Once bool `json:"once,omitempty"`
	// Upload lets files be added.
	Upload bool `json:"upload,omitempty"`
	// Hosts are further names by which it may be asked, as in the configuration.
	Hosts []string `json:"hosts,omitempty"`
	// Users are lines "name:bcrypt-hash /path=rights"; none: everybody.
	Users []string `json:"users,omitempty"`
	// TLSCert and TLSKey are the absolute paths of files in PEM; empty: HTTP.
	TLSCert string `json:"tls_cert,omitempty"`
	TLSKey  string `json:"tls_key,omitempty"`
	// MDNS is the name below .local that is announced; empty: none.
	MDNS string `json:"mdns,omitempty"`
}

// RunRequest asks for a program that runs until it is stopped, or the instance
// goes down.
type RunRequest struct {
	Name  string   `json:"name,omitempty"`  // empty: derived from the command
	Exec  []string `json:"exec,omitempty"`  // the program and its arguments
	Shell string   `json:"shell,omitempty"` // instead of exec: a line for sh
	Dir   string   `json:"dir"`             // absolute
	Port  int      `json:"port"`            // 0: any free one; -1: none
}

// Base begins every path of this API. Its number rises when a client of before
// would not understand.
const Base = "/v1/"

// Error is the body of an answer that is not 2xx.
type Error struct {
	Code    string `json:"code"` // one of the Code constants
	Message string `json:"error"`
	// Base is Base of the supervisor, if it has no such path at all.
	Base string `json:"base,omitempty"`
	// Explain is the code of the error's story in docs/errors.md, which the
	// message ends with in brackets; empty for an error that needs none.
	Explain string `json:"explain,omitempty"`
}

// Explained returns an error with a story; see Error for both codes.
func Explained(code, story, format string, args ...any) *Error {
	err := explain.Errorf(story, format, args...)
	return &Error{Code: code, Message: err.Error(), Explain: explain.Code(err)}
}

// Error makes an *Error an error.
func (e *Error) Error() string { return e.Message }

// ExplainCode returns the code of the error's story, or "".
func (e *Error) ExplainCode() string { return e.Explain }

// The codes of Error.
const (
	CodeNoSuchService = "no-such-service" // 404
	CodeBadRequest    = "bad-request"     // 400
	CodeConflict      = "conflict"        // 409: not possible in this state
	CodeFailed        = "failed"          // 500: tried, and it did not work
	CodeNotFound      = "not-found"       // 404: no such path in this API
	CodeForbidden     = "forbidden"       // 403: a web page, or another user
)

// SignalRequest asks for a signal to a service.
type SignalRequest struct {
	Signal string `json:"signal"`        // "HUP", "SIGHUP", or the system's number
	All    bool   `json:"all,omitempty"` // to every process of the service, not only the first
}

// ScaleRequest asks for a number of replicas.
type ScaleRequest struct {
	Replicas int `json:"replicas"`
}

// DownRequest asks for the end of the instance.
type DownRequest struct {
	Force bool `json:"force,omitempty"` // kill every process at once
}

// ReloadRequest asks for the configuration to be read again.
type ReloadRequest struct {
	Config string `json:"config,omitempty"` // an absolute path; empty: the file that is in force
	DryRun bool   `json:"dry_run"`          // only say what would change
}

// Reload is what a new configuration changes, or would change.
type Reload struct {
	Config  string   `json:"config"`
	Applied bool     `json:"applied"`
	Changes []Change `json:"changes"` // empty: nothing
}

// Change is what a reload does with one service.
type Change struct {
	Service string `json:"service"`
	// Action is add, remove, restart (a new process takes over), or amend (the process
	// stays, and only the supervisor changes).
	Action string      `json:"action"`
	Keys   []KeyChange `json:"keys,omitempty"`
	// Error says why it did not come about; the service goes on as it was, or
	// shows the reason.
	Error string `json:"error,omitempty"`
}

// The actions of Change.
const (
	ChangeAdd     = "add"
	ChangeRemove  = "remove"
	ChangeRestart = "restart"
	ChangeInPlace = "amend" // the word of the API
)

// KeyChange is one key of a service's configuration. Both texts are empty for
// what may be secret.
type KeyChange struct {
	Key  string `json:"key"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// UpgradeRequest asks the supervisor to make way for another binary.
type UpgradeRequest struct {
	Path    string `json:"path"`    // absolute
	Version string `json:"version"` // what it says of itself
}
