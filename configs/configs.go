// Package configs reads the configuration of an instance: strict TOML whose
// errors name file, line and column.
package configs

import (
	"time"

	"github.com/ammarctl/ammarctl/internal/target"
)

// Config is one instance's configuration.
type Config struct {
	Path     string // where it was read from; "embedded default" when nowhere
	Services []Service
	Hosts    []Host // other machines, in the order of the file
}

// Host is a line of the [hosts] table: another machine, and what it is called.
type Host struct {
	Name   string
	Target target.Target
}

// The kinds of built-in services. Anything else is KindExec.
const (
	KindFiles  = "files"
	KindCamera = "camera"
	KindStatus = "status"
	KindExec   = "exec"
)

// Service is one [service.NAME] table, with defaults applied, validated.
type Service struct {
	Name string
	Kind string
	Exec []string // the command of a KindExec service

	Bind string // address to listen on; default 127.0.0.1
	Port int    // 0: the supervisor picks a free one (shares); -1: the service has no port
	Env  map[string]string
	Dir  string // working folder

	EnvFiles []string          // read when it is launched; later ones win, Env over all
	Secrets  map[string]string // variable to file, read when it is launched
	Umask    int               // of its process; -1: this one's
	User     string            // whose process it is; empty: this one's
	PTY      bool              // its output is a terminal
	Metrics  string            // URL of metrics in Prometheus' text format; empty: none
	Limits   Limits
	Logs     Logs

	After        []string // services that are ready before this one starts
	Requires     []string // the same, and it is stopped when one of them is down for good
	Restart      Restart
	Overlap      bool          // a restart starts the new process before the old one ends
	Probe        *Probe        // nil: none
	StartTimeout time.Duration // it gets ready within this, or is killed; 0: no limit
	StopTimeout  time.Duration // StopSignal, then this long, then SIGKILL
	StopSignal   string        // "TERM", "INT", …
	MaxRuntime   time.Duration // it is restarted when it has run for so long; 0: never
	Watchdog     time.Duration // it says WATCHDOG=1 at least this often, or is killed; 0: it need not

	Oneshot  bool   // it is done when it exits with 0, and ready then
	Schedule string // when it is started, as package schedule has it; empty: at once

	Replicas  int    // so many processes of it, each a service of its own
	ReplicaOf string // the table that this is one of the replicas of

	Watch []string // files and folders whose change restarts it

	Critical  bool     // its failure takes the instance down
	OnFailure []string // a command to run when it has failed

	Workers int
	Queue   int

	TLSCert, TLSKey                       string   // of a built-in service: files in PEM; empty: plain HTTP
	PasswordFile                          string   // of a built-in service: lines user:hash
	Hosts                                 []string // of a built-in service: names beside the local ones
	MaxStreams, MaxConns, MaxConnsPerAddr int      // 0: no limit

	Root        string   // files: the folder
	Only        string   // files: the one file of it that is shared; empty: all
	Upload      bool     // files: may be changed, by whom Users lets
	Users       []string // files: "name:hash /path=rights", secret
	Quota       int64    // files: bytes that the folder may hold; 0: what the disk holds
	Limit       int64    // files: bytes per second of all clients together; 0: none
	ClientLimit int64    // files: bytes per second of each client; 0: none

	Control bool // status: whoever has the token may start and stop services

	Source   string        // camera
	Width    int           // camera, 0: the source's choice
	Height   int           // camera
	FPS      int           // camera, 0: the source's choice
	Quality  int           // camera, JPEG 1-100
	Linger   time.Duration // camera: released this long after its last client
	AlwaysOn bool          // camera
	Format   string        // camera: pixel format by V4L2's name, empty: the best
	Rotate   int           // camera: 0, 90, 180 or 270 degrees clockwise
	FlipH    bool          // camera: mirrored, left to right
	FlipV    bool          // camera: mirrored, upside down
	WarmUp   int           // camera: pictures left out after it was opened

	Timelapse      string        // camera: folder; empty: none
	TimelapseEvery time.Duration // camera
	TimelapseLimit int64         // camera, bytes

	// Share is set for a files service made by `ammarctl share`.
	Share *Share
}

// Limits are what a service may take of the machine. Zero is no limit.
type Limits struct {
	Threads   int     // GOMAXPROCS
	Nice      int     // 1 to 19; negative ones are for root
	Memory    int64   // bytes
	CPU       float64 // cores; needs a control group
	CPUs      []int   // those that it may run on
	OpenFiles int
	Processes int // of the user
}

// Logs bound what is kept of a service's output.
type Logs struct {
	Size  int64         // bytes of a file
	Age   time.Duration // of a file
	Total int64         // bytes of all
}

// Share is what a share adds to a files service.
type Share struct {
	Path    string
	Expires time.Time // zero: never
	Once    bool      // it ends when everything has been fetched
	MDNS    string    // the name below .local; empty: none
}

// RestartPolicy says when a service that ended is started again.
type RestartPolicy string

// The restart policies.
const (
	RestartAlways    RestartPolicy = "always"
	RestartOnFailure RestartPolicy = "on-failure"
	RestartNever     RestartPolicy = "never"
)

// Restart is the policy for a service that ended by itself. The first restart
// is at once; then Delay, doubled each time up to MaxDelay. Limit starts
// within Window and the service is failed.
type Restart struct {
	Policy   RestartPolicy
	Delay    time.Duration
	MaxDelay time.Duration
	Limit    int
	Window   time.Duration
}

// Probe tells whether a running service works: by an HTTP request, a
// connection or a command, one of the three.
type Probe struct {
	HTTP        string   // a path on the service's port, or a URL
	TCP         string   // host:port
	Exec        []string // a command
	Every       time.Duration
	Timeout     time.Duration
	Failures    int           // this many in a row make it degraded
	StartPeriod time.Duration // failures before the first success don't count for so long
	Restart     bool          // a degraded service is restarted
}

// NewService is a service of this kind with every default applied.
func NewService(name, kind string) Service {
	return Service{
		Name: name, Kind: kind, Bind: "127.0.0.1", Workers: 64, Queue: 256,
		MaxStreams: 1024, MaxConns: 16384, MaxConnsPerAddr: 1024,
		StartTimeout: time.Minute, StopTimeout: 10 * time.Second, StopSignal: "TERM",
		Replicas: 1, Umask: -1,
		Logs:    Logs{Size: 8 << 20, Age: 24 * time.Hour, Total: 64 << 20},
		Overlap: kind != KindCamera, // a camera's device has one user
		Quality: 80, Linger: 5 * time.Second, WarmUp: 2, TimelapseEvery: 10 * time.Second, TimelapseLimit: 1 << 30, Source: "auto", Root: ".",
		Restart: Restart{Policy: RestartOnFailure, Delay: 500 * time.Millisecond, MaxDelay: 30 * time.Second, Limit: 5, Window: time.Minute},
	}
}
