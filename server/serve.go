package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// Serve listens, says that the service is ready, and serves until ctx ends;
// then it drains and returns nil: no new connections, idle ones closed,
// streams ended, running requests finished within Config.DrainTimeout. It is
// to be called once.
func (s *Server) Serve(ctx context.Context) error {
	defer s.endLife()
	defer s.endWork()
	addr, err := s.Listen()
	if err != nil {
		return err
	}
	defer s.closeListeners()
	defer s.lines.start()()
	if path := os.Getenv(contract.Control); path != "" {
		stop, err := s.serveControl(path)
		if err != nil {
			return err
		}
		defer stop()
	}
	hs := s.newHTTPServer()
	failed := make(chan error, len(s.listeners))
	for _, ln := range s.listeners {
		go func() { failed <- hs.Serve(ln) }()
	}
	s.log.Info("serving", "service", s.cfg.Name, "addr", addr.String())
	s.notify("READY=1")
	select {
	case err := <-failed:
		hs.Close()
		return err
	case <-ctx.Done():
	}
	s.notify("STOPPING=1")
	s.endWork()
	bound, cancel := context.WithTimeout(context.Background(), s.cfg.DrainTimeout)
	defer cancel()
	if err := hs.Shutdown(bound); err != nil {
		s.log.Warn("some requests were cut off", "after", s.cfg.DrainTimeout.String())
		hs.Close()
	}
	for range s.listeners {
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
	return nil
}

func (s *Server) closeListeners() {
	for _, ln := range s.listeners {
		ln.Close()
	}
}
