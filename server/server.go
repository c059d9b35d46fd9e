// Package server is the library that every service links: a web server in the
// same executable as the content it serves.
package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Config is what a server needs to know. The zero value serves on a free port
// of 127.0.0.1 with 64 workers.
type Config struct {
	Name    string // names the service in its logs; default "ammar"
	Bind    string // address to bind when no listener is inherited; default 127.0.0.1
	Port    int    // 0: any free port
	Workers int    // requests in progress at once; default 64
	Queue   int    // requests waiting for a worker; default 256
	// QueueTimeout bounds the wait for a worker; default 10 s.
	QueueTimeout time.Duration
	// DrainTimeout bounds how long requests may run on after a stop; default 10 s.
	DrainTimeout time.Duration
	// Log is where log lines go, JSON, one a line; default os.Stderr.
	Log io.Writer
}

// Server serves HTTP on one port.
type Server struct {
	cfg Config
	mux *http.ServeMux
	log *slog.Logger
	reg *prometheus.Registry
}

// New makes a server; nothing is opened until Serve.
func New(cfg Config) *Server {
	return &Server{cfg: cfg, mux: http.NewServeMux(), log: slog.New(slog.NewJSONHandler(os.Stderr, nil)), reg: prometheus.NewRegistry()}
}

// Handle registers h for pattern, in the syntax of net/http's ServeMux. Each
// request to it takes a worker of the pool until h returns.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Stream registers a handler of long-lived responses (MJPEG, server-sent
// events). They are counted as streams and take no worker.
func (s *Server) Stream(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Registry is where a service adds metrics of its own.
func (s *Server) Registry() *prometheus.Registry { return s.reg }

// Log writes to the service's log.
func (s *Server) Log() *slog.Logger { return s.log }

// Status tells the supervisor in one line what the service is doing.
func (s *Server) Status(text string) {}

// Serve listens, says that the service is ready, and serves until ctx ends;
// then it drains and returns nil.
func (s *Server) Serve(ctx context.Context) error {
	ln, err := net.Listen("tcp", net.JoinHostPort(s.cfg.Bind, strconv.Itoa(s.cfg.Port)))
	if err != nil {
		return err
	}
	hs := &http.Server{Handler: s.mux}
	stop := context.AfterFunc(ctx, func() { _ = hs.Shutdown(context.Background()) })
	defer stop()
	if err := hs.Serve(ln); err != http.ErrServerClosed {
		return err
	}
	return nil
}
