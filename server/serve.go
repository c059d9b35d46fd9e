package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
)

const (
	// hotGrace is how long a drain waits for the next request of a client
	// that has just sent one: to close in between would lose it.
	hotGrace = 500 * time.Millisecond
	// freshGrace is the same for the first request of a connection, and for
	// one that has begun to come: nothing has told that client to come again.
	freshGrace = 2 * time.Second
)

// Serve listens, tells the supervisor that the service is ready, and serves until ctx
// ends. Then it drains and returns nil. A drain accepts no new connections, closes
// idle ones, ends streams, and lets running requests finish within
// Config.DrainTimeout. Call Serve once.
func (s *Server) Serve(ctx context.Context) error {
	defer s.endLife()
	defer s.endWork()
	addr, err := s.Listen()
	if err != nil {
		return err
	}
	defer s.closeListeners()
	if err := s.prepareAdmission(addr); err != nil {
		return err
	}
	defer s.lines.start()()
	if path := os.Getenv(contract.Control); path != "" {
		stop, err := s.monitor.serveControl(path)
		if err != nil {
			return err
		}
		defer stop()
	}
	if at := os.Getenv(contract.Metrics); at != "" {
		stop, err := s.monitor.serveMetrics(at)
		if err != nil {
			return err
		}
		defer stop()
	}
	s.full.addr = addr
	hs := s.newHTTPServer()
	s.running.Go(func() { _ = s.serveFull(hs) }) // ends when the drain closes it
	s.running.Go(s.sweepUntilEnd)
	for _, t := range s.tasks {
		s.running.Go(func() { t.repeat(s.drain, s.log) })
	}
	failed := make(chan error, len(s.listeners))
	for _, ln := range s.listeners {
		s.accepting.Go(func() { failed <- s.accept(ln) })
	}
	s.log.Info("serving", "service", s.cfg.Name, "addr", addr.String())
	if state := "READY=1"; !s.supervisor.notify(state) {
		s.running.Go(func() { s.supervisor.insist(s.drain, state) })
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	s.supervisor.notify("STOPPING=1")
	s.drainAll(hs)
	s.endLife()
	s.running.Wait()
	return err
}

// accept takes connections until the drain. Errors that pass, such as a lack
// of descriptors, are waited out.
func (s *Server) accept(ln net.Listener) error {
	var delay time.Duration
	for {
		nc, err := ln.Accept()
		if err != nil && s.drain.Err() != nil {
			return nil // who was accepted just before is answered
		}
		if ne, ok := err.(interface{ Temporary() bool }); ok && ne.Temporary() {
			delay = min(max(2*delay, 5*time.Millisecond), time.Second)
			s.log.Warn("cannot accept a connection", "error", err, "retry_in", delay.String())
			select {
			case <-time.After(delay):
			case <-s.drain.Done():
			}
			continue
		}
		if err != nil {
			return err
		}
		delay = 0
		from := addrOf(nc)
		limited, ok := s.admits(nc, from)
		if !ok {
			continue
		}
		c := &conn{Conn: nc, srv: s, remote: nc.RemoteAddr().String(), idle: newIdleReader(nc, s.buffers), limited: limited}
		// The first request has the header's time, not the idle time.
		c.state.Store(reading)
		now := time.Now()
		c.since.Store(now.UnixNano())
		c.client = s.clients.enter(from, now)
		if s.tls != nil { // net/http's from the first byte
			c.pinned = true
			c.state.Store(full)
		}
		s.conns.add(c)
		s.running.Go(c.begin)
	}
}

func (s *Server) sweepUntilEnd() {
	ticker := time.NewTicker(s.sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			s.conns.sweep(now, s.headerTimeout, s.idleTimeout, s.stallTimeout)
		case <-s.life.Done():
			return
		}
	}
}

// drainAll ends the service in order: streams, idle connections, then the
// rest within the time for it.
func (s *Server) drainAll(hs *http.Server) {
	bound, cancel := context.WithTimeout(context.Background(), s.cfg.DrainTimeout)
	defer cancel()
	s.draining.Store(true)
	s.endWork()
	s.closeListeners()
	s.accepting.Wait() // from here on, every accepted client is among the connections
	grace := time.Now().Add(min(freshGrace, s.cfg.DrainTimeout))
	for now := time.Now(); now.Before(grace); now = time.Now() {
		if s.conns.hot(now) == 0 && s.conns.closeIdle() {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	s.conns.closeIdle()
	err := hs.Shutdown(bound)
	for err == nil && !s.conns.empty() {
		select {
		case <-bound.Done():
			err = bound.Err()
		case <-time.After(2 * time.Millisecond):
			s.conns.closeIdle() // net/http may have returned one
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("some requests were cut off", "after", s.cfg.DrainTimeout.String())
	}
	s.endLife()
	hs.Close()
	s.conns.cutAll()
}

func (s *Server) closeListeners() {
	for _, ln := range s.listeners {
		ln.Close()
	}
}
