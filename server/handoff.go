package server

import (
	"context"
	"net"
)

// handoff is the listener on which net/http gets connections from the fast lane.
type handoff struct {
	conns chan *conn
	ctx   context.Context
	close context.CancelFunc
	addr  net.Addr
}

func newHandoff() *handoff {
	ctx, cancel := context.WithCancel(context.Background())
	return &handoff{conns: make(chan *conn), ctx: ctx, close: cancel}
}

// give returns false if net/http has stopped accepting.
func (h *handoff) give(c *conn) bool {
	select {
	case h.conns <- c:
		return true
	case <-h.ctx.Done():
		return false
	}
}

// Accept implements net.Listener.
func (h *handoff) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handoff) Close() error { h.close(); return nil }

// Addr implements net.Listener.
func (h *handoff) Addr() net.Addr { return h.addr }
