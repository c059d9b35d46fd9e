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

// Health adds a check. While it returns an error, GET /healthz on the control
// socket answers 503 with it. The check must obey its context, which ends after at
// most 5 s. Call Health before Serve.
func (s *Server) Health(name string, check func(ctx context.Context) error) {
	s.monitor.checks = append(s.monitor.checks, healthCheck{name, check})
}

// monitor answers programs that watch the service: on the control socket, and on a
// port for metrics. It works outside of the pool.
type monitor struct {
	srv    *Server
	checks []healthCheck // fixed before Serve
}

func (m *monitor) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	var reasons []string
	for _, c := range m.checks {
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

// serveControl serves the control socket at path. The returned function ends that,
// and waits for the end.
func (m *monitor) serveControl(path string) (stop func(), err error) {
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
	mux := m.vitals()
	mux.HandleFunc("GET /clients", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, m.srv.Clients()) })
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, m.srv.Stats()) })
	profiles(mux)
	end := m.serveAside(ln, mux)
	return func() {
		end()
		// At a handover the next process has its own socket at this path.
		if now, err := os.Stat(path); err == nil && os.SameFile(ours, now) {
			_ = os.Remove(path)
		}
	}, nil
}

// serveMetrics answers only GET /metrics and GET /healthz, at a host:port. The
// returned function ends that.
func (m *monitor) serveMetrics(addr string) (stop func(), err error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot show metrics at %s (%s): %w", addr, contract.Metrics, err)
	}
	return m.serveAside(ln, m.vitals()), nil
}

// vitals returns the handlers of the metrics and the health. Both are harmless to
// anyone who can reach the port.
func (m *monitor) vitals() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.srv.reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", m.healthz)
	return mux
}

// serveAside serves on a listener of its own. The returned function ends that, and
// waits for the end.
func (m *monitor) serveAside(ln net.Listener, h http.Handler) (stop func()) {
	hs := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, ErrorLog: m.srv.errorLog()}
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
