package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// healthTimeout bounds one round of health checks.
const healthTimeout = 5 * time.Second

// healthCheck is one reason why the service may be unwell.
type healthCheck struct {
	name  string
	check func(ctx context.Context) error
}

// Health adds a check: while it returns an error, GET /healthz on the control
// socket answers 503 with it. The check must heed its context, which ends
// after 5 s at the latest. Health is to be called before Serve.
func (s *Server) Health(name string, check func(ctx context.Context) error) {
	s.checks = append(s.checks, healthCheck{name, check})
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	var reasons []string
	for _, c := range s.checks {
		if err := c.check(ctx); err != nil {
			reasons = append(reasons, c.name+": "+err.Error())
		}
	}
	if len(reasons) > 0 {
		http.Error(w, strings.Join(reasons, "\n"), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// serveControl serves the control socket at path until the returned function
// is called, which waits for its end.
func (s *Server) serveControl(path string) (stop func(), err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot remove the old control socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the control socket %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, fmt.Errorf("cannot protect the control socket %s: %w", path, err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ours, err := os.Stat(path)
	if err != nil {
		ln.Close()
		return nil, fmt.Errorf("cannot find the control socket again: %w", err)
	}
	mux := s.vitals()
	mux.HandleFunc("GET /clients", s.serveClients)
	mux.HandleFunc("GET /stats", s.serveStats)
	profiles(mux)
	end := s.serveAside(ln, mux)
	return func() {
		end()
		// At a handover the next process has its own socket at this path.
		if now, err := os.Stat(path); err == nil && os.SameFile(ours, now) {
			_ = os.Remove(path)
		}
	}, nil
}

// serveMetrics answers GET /metrics and GET /healthz, and nothing else of the
// control socket, at a host:port until the returned function is called.
func (s *Server) serveMetrics(addr string) (stop func(), err error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot show metrics at %s (%s): %w", addr, contract.Metrics, err)
	}
	return s.serveAside(ln, s.vitals()), nil
}

// vitals are what anybody may know who watches the service.
func (s *Server) vitals() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", s.healthz)
	return mux
}

// serveAside serves beside the service itself, outside its pool, until the
// returned function is called, which waits for its end.
func (s *Server) serveAside(ln net.Listener, h http.Handler) (stop func()) {
	hs := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, ErrorLog: s.errorLog()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = hs.Serve(ln) // ends by Close only
	}()
	return func() {
		hs.Close()
		<-done
	}
}
