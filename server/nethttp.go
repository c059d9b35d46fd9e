package server

import (
	"context"
	"crypto/tls"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// errorLog is where net/http says what it cannot return.
func (s *Server) errorLog() *log.Logger {
	return slog.NewLogLogger(s.log.With("from", "net/http").Handler(), slog.LevelWarn)
}

func (s *Server) newHTTPServer() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          s.errorLog(),
		ConnState: func(nc net.Conn, state http.ConnState) {
			switch c, ok := nc.(*conn); {
			case ok && state == http.StateIdle:
				c.answered()
			case ok && state == http.StateHijacked:
				c.hijacked()
			}
		},
		ConnContext: withConn,
		BaseContext: func(net.Listener) context.Context { return s.life },
	}
}

// serveFull runs the full lane. Under TLS it has every connection from the first byte,
// because the fast lane saves little compared with the encryption.
func (s *Server) serveFull(hs *http.Server) error {
	if s.tls == nil {
		return hs.Serve(s.full)
	}
	hs.TLSConfig = s.tls.tlsConfig()
	return hs.ServeTLS(s.full, "", "")
}

type connKey struct{}

// withConn tells the full lane's requests which connection they are of.
func withConn(ctx context.Context, nc net.Conn) context.Context {
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn()
	}
	if c, ok := nc.(*conn); ok {
		return context.WithValue(ctx, connKey{}, c)
	}
	return ctx
}

// connOf is the connection of a request of the full lane; nil in a test without one.
func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// arrived counts a request of the full lane for its client. It reports whether
// it is the last that its connection may bring.
func (c *conn) arrived(at time.Time) (last bool) {
	if c == nil {
		return false
	}
	c.since.Store(at.UnixNano())
	c.served.Store(true)
	c.client.requests.Add(1)
	return c.requestCount.Add(1) >= maxRequests
}
