package server

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// Config is what a server needs to know. The zero value serves on a free port
// of 127.0.0.1 with 64 workers.
type Config struct {
	Name    string // names the service in its logs; default the executable's name
	Bind    string // address to bind when no listener is inherited; default 127.0.0.1
	Port    int    // 0: any free port
	Workers int    // requests in progress at once; default 64
	// Queue is how many requests may wait for a worker; 0 means the default of
	// 256, a negative number that none may wait.
	Queue int
	// QueueTimeout bounds the wait for a worker; default 10 s.
	QueueTimeout time.Duration
	// MaxStreams is how many streams may run at once, beyond it a client is
	// answered 503; default 1024, negative: no limit.
	MaxStreams int
	// MaxConns is how many connections may be open at once, MaxConnsPerAddr how
	// many from one address (with IPv6: from one network of 64 bits). Those
	// beyond are closed as they come, and counted. Default 16384 and 1024,
	// negative: no limit. Connections from this machine are not counted by address.
	MaxConns, MaxConnsPerAddr int
	// MaxBody is the longest body of a request, in bytes; a longer one is
	// answered 413. Default 64 MiB, negative: no limit.
	MaxBody int64
	// DrainTimeout bounds how long requests may run on after a stop; default
	// nine tenths of what AMMAR_STOP_TIMEOUT gives the service, or 10 s.
	DrainTimeout time.Duration
	// Log is where log lines go, JSON, one a line; default os.Stderr.
	Log io.Writer
	// TLSCert and TLSKey are files in PEM: with them the server speaks HTTPS,
	// with HTTP/2. They are read again when they change.
	TLSCert, TLSKey string
	// Renew, when not nil, is called at each TLS handshake, one at a time, with the
	// address of this machine that the client connected to. It returns true if it has
	// made the two files again: this client already gets the new ones. After an error,
	// which is logged, the old ones stay.
	Renew func(to netip.Addr) (renewed bool, err error)
	// PasswordFile protects the whole server: see LoadPasswords and Protect.
	PasswordFile string
	// Hosts are names, without port, that clients may use for a server on a private
	// address or on all addresses. Addresses, single words, this machine's name and
	// names of local zones (.local, .localhost, .internal, .home.arpa) are always
	// allowed. Other names get 421, against DNS rebinding. "*" allows all, and so does
	// a public address to listen on.
	Hosts []string
	// NoAccessLog leaves out the line for each request.
	NoAccessLog bool
}

// Flags defines the flags that every service has: --bind, --port, --workers,
// --queue, --max-streams, --max-conns, --max-conns-per-addr, --tls-cert, --tls-key, --password-file,
// --host and --no-access-log. Fields already set are the defaults.
func (c *Config) Flags(fs *flag.FlagSet) {
	d := c.withDefaults()
	fs.StringVar(&c.Bind, "bind", d.Bind, "`address` to listen on; 0.0.0.0 or :: for all interfaces")
	fs.IntVar(&c.Port, "port", c.Port, "`port` to listen on; 0 picks a free one")
	c.Workers, c.Queue = d.Workers, d.Queue
	c.MaxStreams, c.MaxConns, c.MaxConnsPerAddr = d.MaxStreams, d.MaxConns, d.MaxConnsPerAddr
	fs.Var(&number{&c.Workers, 1, 1}, "workers", "`requests` in progress at once")
	fs.Var(&number{&c.Queue, 0, -1}, "queue", "`requests` that may wait for a worker; beyond it: 503 at once")
	fs.Var(&number{&c.MaxStreams, 0, -1}, "max-streams", "`streams` at once; beyond it: 503; 0 is no limit")
	fs.Var(&number{&c.MaxConns, 0, -1}, "max-conns", "`connections` at once; more are closed as they come; 0 is no limit")
	fs.Var(&number{&c.MaxConnsPerAddr, 0, -1}, "max-conns-per-addr",
		"`connections` at once from one address; 0 is no limit")
	fs.StringVar(&c.TLSCert, "tls-cert", c.TLSCert, "speak HTTPS with the certificate in this `file`")
	fs.StringVar(&c.TLSKey, "tls-key", c.TLSKey, "`file` with the certificate's key")
	fs.StringVar(&c.PasswordFile, "password-file", c.PasswordFile,
		"`file` of lines user:hash (htpasswd -B); all requests need one of them")
	addHost := func(name string) error {
		c.Hosts = append(c.Hosts, name)
		return nil
	}
	fs.Func("host", "`name` by which the service may be asked, beside this machine's and its addresses; "+
		"repeatable, * for all", addHost)
	fs.BoolVar(&c.NoAccessLog, "no-access-log", c.NoAccessLog, "do not log each request")
}

// number is a flag for a number that is at least min, of which min is kept as
// atMin: in Config a 0 asks for the default.
type number struct {
	value      *int
	min, atMin int
}

// String implements flag.Value.
func (n *number) String() string {
	if n.value == nil {
		return ""
	}
	return strconv.Itoa(max(*n.value, n.min))
}

// Set implements flag.Value.
func (n *number) Set(s string) error {
	v, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return errors.New("expected a number")
	case v < n.min:
		return fmt.Errorf("expected %d or more", n.min)
	case v == n.min:
		v = n.atMin
	}
	*n.value = v
	return nil
}

func (c *Config) withDefaults() Config {
	d := *c
	if d.Name == "" {
		d.Name = filepath.Base(os.Args[0])
	}
	if d.Bind == "" {
		d.Bind = "127.0.0.1"
	}
	if d.Workers <= 0 {
		d.Workers = 64
	}
	if d.Queue == 0 {
		d.Queue = 256
	}
	if d.QueueTimeout <= 0 {
		d.QueueTimeout = 10 * time.Second
	}
	if d.MaxStreams == 0 {
		d.MaxStreams = 1024
	}
	if d.MaxConns == 0 {
		d.MaxConns = 16384
	}
	if d.MaxConnsPerAddr == 0 {
		d.MaxConnsPerAddr = 1024
	}
	if d.MaxBody == 0 {
		d.MaxBody = 64 << 20
	}
	if d.DrainTimeout <= 0 {
		d.DrainTimeout = drainTimeout(os.Getenv(contract.StopTimeout))
	}
	if d.Log == nil {
		d.Log = os.Stderr
	}
	return d
}

// drainTimeout returns the time to drain for a service that is killed stop after the
// request to end. It keeps a tenth for itself.
func drainTimeout(stop string) time.Duration {
	d, err := time.ParseDuration(stop)
	if err != nil || d <= 0 {
		return 10 * time.Second
	}
	return d - d/10
}

// The limits of a request and of a connection, the same for every service.
const (
	maxHeaderBytes = 16 << 10 // beyond: 431
	maxTargetBytes = 8 << 10  // beyond: 414
	// maxRequests is how many requests a connection may bring: whatever gathers
	// with them, at a client, a proxy or here, ends with it.
	maxRequests   = 100_000
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	// stallTimeout is how long a client may take nothing, or next to nothing,
	// of its answer.
	stallTimeout = time.Minute
	sweepEvery   = time.Second
	// handBack is how long net/http keeps a connection after its request: about
	// as long as a busy client takes for its next one. An idle connection costs
	// three times as much memory there.
	handBack = 50 * time.Millisecond
)
