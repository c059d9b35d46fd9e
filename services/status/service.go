// Package status shows an instance in a browser: a live page, JSON and
// Prometheus metrics. It reads everything from the supervisor's control socket.
package status

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/server/auth"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// Service is the status service. Flags sets the default of Supervisor from
// AMMAR_SUPERVISOR.
type Service struct {
	Supervisor string // path of the control socket
	Control    bool   // clients with the token may start and stop services
	Config     server.Config
}

// Flags defines the flags of this service, and those of every service.
func (s *Service) Flags(fs *flag.FlagSet) {
	if s.Config.Port == 0 {
		s.Config.Port = 8082
	}
	fs.StringVar(&s.Supervisor, "supervisor", os.Getenv(contract.Supervisor),
		"control `socket` of the supervisor to show; `ammarctl info` names it")
	fs.BoolVar(&s.Control, "control", s.Control, "let whoever has the token, which ammarctl info shows, start, "+
		"stop and restart services")
	s.Config.Flags(fs)
}

// Serve serves until ctx ends. A missing supervisor is not an error: the page
// says so, and continues when the supervisor is back.
func (s *Service) Serve(ctx context.Context) error {
	if s.Supervisor == "" {
		return errors.New("which supervisor to show is not known: expected --supervisor SOCKET or " + contract.Supervisor +
			" (ammarctl info names the socket)")
	}
	if s.Config.Name == "" {
		s.Config.Name = "status"
	}
	srv := server.New(s.Config)
	supervisor := client.New(s.Supervisor)
	hub := newHub(supervisor)
	pages := &site{hub: hub, engine: supervisor, own: s.Config.Name}
	token := tokenPath(s.Supervisor, s.Config.Name)
	if s.Control {
		if err := auth.EnsureTokenFile(token); err != nil {
			return err
		}
		accounts := new(auth.Database)
		if err := accounts.AddTokenFile(operator, token); err != nil {
			return err
		}
		pages.logins = newLogins(srv.Authenticator(accounts))
	} else if err := os.Remove(token); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove the token, which is no longer in use: %w", err)
	}
	mount(srv, pages)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return hub.serve(ctx) })
	group.Go(func() error { return srv.Serve(ctx) })
	return group.Wait()
}

// policy lets a page load its own style, scripts and images, and connect to its
// own origin. It allows nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' " +
	"data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func secured(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		h(w, r)
	})
}

func asset(kind, text string) http.Handler {
	return secured(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write([]byte(text)) // fails only if the client left
	})
}

func (h *hub) json(w http.ResponseWriter, _ *http.Request) {
	snap, err := h.latest()
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err != nil {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = enc.Encode(api.Error{Code: api.CodeFailed, Message: err.Error()})
		return
	}
	_ = enc.Encode(snap)
}

func (h *hub) metrics(w http.ResponseWriter, _ *http.Request) {
	snap, err := h.latest()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	up := 1
	if err != nil {
		up = 0
	}
	fmt.Fprintf(w, "# HELP ammar_up Whether the supervisor answers.\n# TYPE ammar_up gauge\nammar_up %d\n", up)
	if err == nil {
		writeMetrics(w, snap)
	}
}
