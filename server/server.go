package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/server/auth"
)

// Server serves HTTP on one port.
type Server struct {
	cfg        Config
	mux        *http.ServeMux
	log        *slog.Logger
	supervisor notifier
	lines      *logWriter
	reg        *prometheus.Registry
	count      *counters
	pool       *pool
	cache      *Cache
	monitor    monitor
	full       *handoff
	conns      *connSet
	date       date
	buffers    *buffers
	busy       []byte // see busyHead
	admission  admission
	throttle   *auth.Throttle // of all passwords
	clients    *clientList
	addrs      addrCount
	crowded    atomic.Int64 // unix nanoseconds: when the log last said that there are too many connections
	tasks      []task
	tls        *certificate // nil: plain HTTP
	since      time.Time

	headerTimeout, idleTimeout, stallTimeout, sweepEvery, bodyTimeout, handBack time.Duration

	life    context.Context // ends when the last request has
	endLife context.CancelFunc
	drain   context.Context // ends when the drain begins
	endWork context.CancelFunc

	draining  atomic.Bool
	running   sync.WaitGroup // all goroutines of Serve but those that accept
	accepting sync.WaitGroup

	mu        sync.Mutex
	listeners []net.Listener
}

// New makes a server; nothing is opened until Listen or Serve.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	lines := newLogWriter(cfg.Log)
	p := newPool(cfg.Workers, cfg.Queue, cfg.QueueTimeout)
	s := &Server{
		cfg:      cfg,
		mux:      http.NewServeMux(),
		log:      slog.New(slog.NewJSONHandler(lines, &slog.HandlerOptions{ReplaceAttr: plainTime})),
		lines:    lines,
		reg:      prometheus.NewRegistry(),
		count:    &counters{pool: p, log: lines},
		pool:     p,
		cache:    newCache(),
		full:     newHandoff(),
		busy:     busyHead(),
		buffers:  newBuffers(),
		clients:  newClientList(),
		throttle: auth.NewThrottle(),
		since:    time.Now(),

		headerTimeout: headerTimeout,
		idleTimeout:   idleTimeout,
		stallTimeout:  stallTimeout,
		sweepEvery:    sweepEvery,
		bodyTimeout:   bodyTimeout,
		handBack:      handBack,
	}
	s.monitor.srv, s.supervisor.log = s, s.log
	s.addrs.all = map[netip.Addr]int{}
	s.conns = &connSet{count: s.count, all: make(map[*conn]struct{})}
	s.life, s.endLife = context.WithCancel(context.Background())
	s.drain, s.endWork = context.WithCancel(context.Background())
	s.reg.MustRegister(s.count)
	return s
}

// plainTime writes an event's time as the access log does.
func plainTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.String(slog.TimeKey, string(appendTime(nil, a.Value.Time())))
	}
	return a
}

// Handle registers h for pattern, in the syntax of net/http's ServeMux, and
// panics where that does. Each request to it takes a worker of the pool until
// h returns.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, pooled{s, h}) }

// HandleFunc is Handle for a function.
func (s *Server) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	s.Handle(pattern, http.HandlerFunc(h))
}

// Stream registers a handler of long-lived responses (MJPEG, server-sent
// events). They are counted as streams and take no worker; the context of
// their request ends when the drain begins.
func (s *Server) Stream(pattern string, h http.Handler) { s.mux.Handle(pattern, streamed{s, h}) }

// Cache holds the ready answers of the fast lane.
func (s *Server) Cache() *Cache { return s.cache }

// Registry is where a service adds metrics of its own.
func (s *Server) Registry() *prometheus.Registry { return s.reg }

// Log writes to the service's log. It never waits for a reader of the log.
func (s *Server) Log() *slog.Logger { return s.log }

// Status tells the supervisor in one line what the service is doing. Without
// a supervisor it does nothing.
func (s *Server) Status(text string) { s.supervisor.notify("STATUS=" + safetext.Line(text)) }

// Listen opens the listener, or takes the inherited one, and returns its address.
// Until Serve, clients wait in its queue. Serve calls it, so call it only to learn the
// port first. For a taken port the error is a *PortInUseError. A second call returns
// the same address.
func (s *Server) Listen() (net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listeners) == 0 {
		listeners, err := listen(&s.cfg)
		if err != nil {
			return nil, err
		}
		s.listeners = listeners
	}
	return s.listeners[0].Addr(), nil
}
