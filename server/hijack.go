package server

import (
	"bufio"
	"net"
	"net/http"
)

// Hijack implements http.Hijacker. The bytes that a handler then writes to the
// connection count as those of the response.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.hijacked = true
	h := &hijacked{Conn: nc, w: w}
	rw.Writer.Reset(h)
	return h, rw, nil
}

// hijacked is a connection that a handler has taken over. Besides net.Conn it
// has NetConn, for the socket, Sent, and WriteBuffers.
type hijacked struct {
	net.Conn
	w *response
}

// NetConn returns the connection beneath. Bytes written there are counted when
// Sent says so.
func (h *hijacked) NetConn() net.Conn {
	if c, ok := h.Conn.(*conn); ok {
		return c.Conn
	}
	return h.Conn
}

// Sent counts n bytes that the handler has written to the socket by itself.
func (h *hijacked) Sent(n int) {
	if c, ok := h.Conn.(*conn); ok {
		c.sent(int64(n))
	}
	h.w.bytes.Add(int64(n))
}

// Write implements net.Conn.
func (h *hijacked) Write(p []byte) (int, error) {
	n, err := h.Conn.Write(p)
	h.w.bytes.Add(int64(n))
	return n, err
}

// WriteBuffers writes b as net.Buffers.WriteTo does, with writev(2) where the
// system has it: that method alone would write piece by piece here, since it
// recognises package net's own connections only.
func (h *hijacked) WriteBuffers(b *net.Buffers) (int64, error) {
	c, ok := h.Conn.(*conn)
	if !ok {
		n, err := b.WriteTo(h.Conn)
		h.w.bytes.Add(n)
		return n, err
	}
	n, err := c.writeBuffers(b)
	h.w.bytes.Add(n)
	return n, err
}
