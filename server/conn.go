package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/server/auth"
)

// The states of a connection.
const (
	waiting   int32 = iota // fast lane, between two requests
	reading                // fast lane, part of a request is here
	answering              // fast lane, a request is being answered
	full                   // net/http has it
	closed
)

// conn is an accepted connection. The fast lane works on it first; then
// net/http gets it as its net.Conn, and the fast lane lives on inside Read:
// when net/http asks for the next request after one whose end is certain, Read
// answers what it can and returns only what it can't.
type conn struct {
	net.Conn
	srv    *Server
	remote string
	client *client

	state        atomic.Int32
	since        atomic.Int64 // unix nanoseconds: last request, or start of a partial one
	closing      atomic.Bool  // close after the answer that is being written
	served       atomic.Bool  // net/http's request has reached ServeHTTP
	lastAnswer   atomic.Bool  // net/http's answer says that it is the last
	partial      atomic.Bool  // part of a request is here, while it is read
	bounded      atomic.Bool  // there may be a deadline for reading
	requestCount atomic.Int64 // requests so far
	writing      writing
	limited      bool // it counts for its address

	// The rest belongs to the goroutine that reads.
	idle           *idleReader // nil where the system has none
	in             *input
	remaining      int64 // bytes of its request that net/http has not read: from in, then from the client
	pinned         bool  // with net/http for good: where its request ends is not certain
	expectsRequest bool  // net/http waits for the next request
	longLine       bool  // the first line of net/http's request is over readSize
}

// begin runs the fast lane on a new connection, and passes it on if it must.
func (c *conn) begin() {
	if !c.pinned && c.fast() != nil || !c.srv.full.give(c) {
		c.Close()
	}
}

// answered is called when net/http has answered a request and will ask for the next.
func (c *conn) answered() {
	c.served.Store(false)
	c.partial.Store(false)
	c.since.Store(time.Now().UnixNano())
	c.longLine = false
	c.expectsRequest = !c.pinned && c.remaining == 0
}

// fastBetweenRequests is the fast lane inside net/http's Read. Before long it takes the
// connection away from net/http, whose buffers and stack would otherwise be
// held as long as the client is idle. An error is net/http's end of it.
func (c *conn) fastBetweenRequests() error {
	_ = c.Conn.SetReadDeadline(time.Now().Add(c.srv.handBack)) // beyond, the sweeper looks after it
	err := c.fast()
	late := err != nil && errors.Is(err, os.ErrDeadlineExceeded)
	if late && c.srv.draining.Load() {
		_ = c.Conn.SetReadDeadline(time.Time{})
		return c.fast()
	}
	if late {
		c.takeBack()
		return io.EOF
	}
	if err == nil {
		_ = c.Conn.SetReadDeadline(time.Time{})
	}
	return err
}

// takeBack continues the connection in the fast lane, as a conn that net/http has not
// seen. For net/http, this one is closed.
func (c *conn) takeBack() {
	now := &conn{Conn: c.Conn, srv: c.srv, remote: c.remote, client: c.client, limited: c.limited, idle: c.idle, in: c.in}
	now.state.Store(c.state.Load())
	now.since.Store(c.since.Load())
	now.partial.Store(c.partial.Load())
	now.requestCount.Store(c.requestCount.Load())
	_ = c.Conn.SetReadDeadline(time.Time{})
	if c.srv.conns.replace(c, now, func() { c.srv.running.Go(now.begin) }) {
		c.in = nil
	}
}

// Read is net/http's.
func (c *conn) Read(p []byte) (int, error) {
	if c.expectsRequest && len(p) > 0 {
		c.expectsRequest = false
		if !c.state.CompareAndSwap(full, waiting) {
			return 0, net.ErrClosed
		}
		if err := c.fastBetweenRequests(); err != nil {
			return 0, err
		}
	}
	if c.remaining == 0 && !c.pinned {
		if err := c.watch(); err != nil {
			return 0, err
		}
	}
	if c.remaining == 0 && c.in != nil {
		c.remaining = int64(c.in.w - c.in.r)
	}
	if c.remaining == 0 {
		return c.Conn.Read(p)
	}
	p = p[:min(int64(len(p)), c.remaining)]
	n, err := 0, error(nil)
	if c.in == nil {
		n, err = c.Conn.Read(p)
	} else {
		n = copy(p, c.in.b[c.in.r:c.in.w])
		c.in.r += n
		c.dropInput()
	}
	c.remaining -= int64(n)
	return n, err
}

// watch serves net/http, which looks out for a client that leaves while it answers.
// Data that arrives instead is kept for the fast lane: net/http interrupts the
// look-out by a deadline when it has answered. If more arrives than fits, net/http
// gets it, and keeps the connection.
func (c *conn) watch() error {
	if c.in == nil {
		c.in = c.srv.buffers.input()
	}
	in := c.in
	for {
		in.compact()
		if in.w == readSize {
			c.pinned = true
			return nil
		}
		n, err := c.Conn.Read(in.b[in.w:])
		in.w += n
		if err == io.EOF && in.w > 0 {
			// The client sends nothing more, but it waits for its answers. So net/http
			// learns of the end only after them.
			c.pinned = true
			return nil
		}
		if err != nil {
			c.dropInput()
			return err
		}
	}
}

// SetReadDeadline is net/http's, and a handler's. net/http sets a deadline for
// the wait and one for the head of each request, and takes both away again.
// Where the fast lane has done the waiting, and has the head, none is needed.
func (c *conn) SetReadDeadline(t time.Time) error {
	if !c.served.Load() && !c.pinned || t.IsZero() && !c.bounded.Load() {
		return nil
	}
	if t.IsZero() {
		c.bounded.Store(false) // ahead, as below is behind: of two at once, the one who bounds is remembered
		return c.Conn.SetReadDeadline(t)
	}
	err := c.Conn.SetReadDeadline(t)
	c.bounded.Store(true)
	return err
}

// SetDeadline serves a handler that has taken the connection over.
func (c *conn) SetDeadline(t time.Time) error {
	err := c.Conn.SetDeadline(t)
	c.bounded.Store(true)
	return err
}

// hijacked is called when a handler takes the connection over.
func (c *conn) hijacked() { c.pinned = true }

// dropInput gives the buffer back when nothing is left in it.
func (c *conn) dropInput() {
	if c.in != nil && c.in.r == c.in.w {
		c.srv.buffers.inputs.Put(c.in)
		c.in = nil
	}
}

// Write counts what net/http sends.
func (c *conn) Write(p []byte) (int, error) {
	if !c.served.Load() {
		if c.longLine && bytes.HasPrefix(p, []byte("HTTP/1.1 431 ")) { // net/http counts the target to the header
			_, err := c.write(rejection(http.StatusRequestURITooLong, tooLong))
			return len(p), err
		}
		c.refusal(p)
	}
	defer c.writing.begin()()
	n, err := c.Conn.Write(p)
	c.sent(int64(n))
	return n, err
}

// ReadFrom keeps sendfile(2): net/http looks for it.
func (c *conn) ReadFrom(r io.Reader) (n int64, err error) {
	defer c.writing.begin()()
	if rf, ok := c.Conn.(io.ReaderFrom); ok {
		n, err = rf.ReadFrom(r)
	} else {
		n, err = io.Copy(struct{ io.Writer }{c.Conn}, r)
	}
	c.sent(n)
	return n, err
}

func (c *conn) writeBuffers(b *net.Buffers) (int64, error) {
	defer c.writing.begin()()
	n, err := b.WriteTo(c.Conn)
	c.sent(n)
	return n, err
}

func (c *conn) sent(n int64) {
	c.srv.count.bytes.Add(uint64(n))
	c.client.bytes.Add(uint64(n))
}

// CloseWrite lets net/http end an answer without losing it to a reset.
func (c *conn) CloseWrite() error {
	if cw, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return cw.CloseWrite()
	}
	return nil
}

// Close closes at once, or after the answer that the fast lane is writing.
func (c *conn) Close() error {
	c.closing.Store(true)
	for {
		switch s := c.state.Load(); s {
		case answering:
			return nil
		case closed:
			return net.ErrClosed
		default:
			if c.state.CompareAndSwap(s, closed) {
				return c.shut()
			}
		}
	}
}

// closeIdle closes between two requests: at once, or after the answer that the fast
// lane is writing. A connection in the full lane is closed by net/http. It returns
// false if a request has arrived that is still unread: the server answers it, as the
// last one.
func (c *conn) closeIdle() bool {
	c.closing.Store(true)
	if c.state.Load() == waiting && c.idle.unread() {
		return false
	}
	if c.state.CompareAndSwap(waiting, closed) || c.state.CompareAndSwap(reading, closed) {
		_ = c.shut()
	}
	return true
}

// cut closes whatever the state.
func (c *conn) cut() {
	if c.state.Swap(closed) != closed {
		_ = c.shut()
	}
}

func (c *conn) shut() error {
	c.srv.conns.remove(c)
	c.srv.clients.leave(c.client)
	if c.limited {
		c.srv.addrs.leave(auth.Network(auth.RemoteAddr(c.remote)))
	}
	return c.Conn.Close()
}
