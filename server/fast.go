package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// fast answers what it can until there is a request that it can't; then nil
// is returned and c.remaining says how many bytes are net/http's.
func (c *conn) fast() error {
	var req request
	for {
		if c.in != nil {
			if done, err := c.answerAll(&req); done {
				return nil
			} else if err != nil {
				c.in.r = c.in.w
				c.dropInput()
				return err
			}
			c.dropInput()
		}
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// fill waits for bytes.
func (c *conn) fill() error {
	if c.in == nil && c.idle != nil {
		in, err := c.idle.read()
		c.in = in
		return err
	}
	if c.in == nil {
		c.in = c.srv.buffers.input()
	}
	c.in.compact()
	n, err := c.Conn.Read(c.in.b[c.in.w:])
	if c.in.w += n; n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err // the next reader takes the bytes that are here: see conn.fastBetweenRequests
	}
	c.in.r = c.in.w
	c.dropInput()
	return err
}

// answerAll answers the requests that have been read, and sends the answers. It
// returns true if net/http must continue.
func (c *conn) answerAll(req *request) (done bool, err error) {
	before := c.state.Load()
	if before > reading || !c.state.CompareAndSwap(before, answering) {
		return false, net.ErrClosed
	}
	in, out, start := c.in, c.srv.buffers.output(), time.Now()
	out.b = out.b[:0]
	if before == waiting {
		c.since.Store(start.UnixNano())
	}
	v, last := partial, false
	for in.r < in.w && !last {
		if v = parse(in.b[in.r:in.w], req); v != plain {
			break
		}
		hit := c.srv.cache.get(req.target, start)
		if hit == nil || !c.srv.admission.openToAll(req) {
			v = special
			break
		}
		chosen, ok := hit.choose(req)
		if !ok {
			v = special
			break
		}
		last = req.close || c.requestCount.Add(1) >= maxRequests || c.closing.Load() || c.srv.draining.Load()
		var busy error
		if !c.srv.pool.try() {
			// Send the finished answers before a request waits for a worker.
			if err = c.send(out); err != nil {
				break
			}
			busy = c.srv.pool.wait(c.srv.life)
		}
		c.answer(out, req, &chosen, start, last, busy)
		if busy == nil {
			c.srv.pool.release()
		}
		in.r += req.size
		c.since.Store(start.UnixNano())
		if len(out.b) > flushSize || out.long != nil {
			if err = c.send(out); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = c.send(out)
	}
	if cap(out.b) <= 4*flushSize {
		c.srv.buffers.outputs.Put(out)
	}
	if err != nil || last {
		return false, c.end(err)
	}
	if v == doubtful {
		b := in.b[in.r:in.w]
		if status, text := flaw(b); status != 0 {
			return false, c.reject(status, text)
		}
		if !headEnds(b) && in.w-in.r < readSize {
			v = partial // net/http gets a head that has been looked at
		}
	}
	switch {
	case v == special:
		c.remaining = int64(req.size) + req.body
	case v == doubtful || v == partial && in.w-in.r == readSize:
		c.longLine = in.w-in.r == readSize && bytes.IndexByte(in.b[in.r:in.w], '\n') < 0
		c.remaining, c.pinned = int64(in.w-in.r), true
	default:
		if in.r == in.w {
			if c.partial.Load() {
				c.partial.Store(false)
			}
			c.state.CompareAndSwap(answering, waiting)
		} else {
			c.partial.Store(true)
			c.state.CompareAndSwap(answering, reading)
		}
		if c.closing.Load() {
			return false, c.end(nil)
		}
		return false, nil
	}
	if !c.state.CompareAndSwap(answering, full) {
		return false, net.ErrClosed
	}
	return true, nil
}

// end closes the connection when an answer was the last.
func (c *conn) end(err error) error {
	c.cut()
	if err == nil {
		err = net.ErrClosed
	}
	return err
}

// answer adds the answer to req; busy says why it got no worker. A worker is
// held while it is made, as in the full lane: not while the kernel sends it.
func (c *conn) answer(out *output, req *request, chosen *choice, start time.Time, last bool, busy error) {
	s := c.srv
	status, body := chosen.status, chosen.hit.Body[chosen.from:chosen.to]
	if busy != nil {
		status, body = http.StatusServiceUnavailable, []byte("503 "+busy.Error()+"\n")
		out.b = append(out.b, s.busy...)
		out.b = strconv.AppendInt(out.b, int64(len(body)), 10)
		out.b = append(out.b, "\r\nDate: "...)
	} else {
		out.b = chosen.append(out.b)
	}
	out.b = append(out.b, s.date.at(start)...)
	if last {
		out.b = append(out.b, "\r\nConnection: close\r\n\r\n"...)
	} else {
		out.b = append(out.b, "\r\n\r\n"...)
	}
	if req.head {
		body = nil
	}
	if len(body) >= longBody {
		out.long = body
	} else {
		out.b = append(out.b, body...)
	}

	took := time.Since(start)
	s.count.observe(status, took)
	c.client.requests.Add(1)
	if s.cfg.NoAccessLog {
		return
	}
	a := access{method: req.method(), path: chosen.hit.target, remote: c.remote, status: status,
		bytes: int64(len(body)), start: start, took: took}
	if req.id != nil {
		a.id = string(req.id)
	}
	out.line = a.append(out.line[:0])
	s.lines.add(out.line)
}

func (c *conn) send(out *output) error {
	if len(out.b) == 0 {
		return nil
	}
	if out.long != nil {
		out.parts = [2][]byte{out.b, out.long}
		out.vec = out.parts[:]
		_, err := c.writeBuffers(&out.vec)
		out.b, out.long, out.parts = out.b[:0], nil, [2][]byte{}
		return err
	}
	n, err := c.Conn.Write(out.b)
	c.sent(int64(n))
	out.b = out.b[:0]
	return err
}

// busyHead starts the answer to a request that got no worker, up to the value
// of Content-Length.
func busyHead() []byte {
	h := http.Header{"Retry-After": {retryAfter}, "Content-Type": {"text/plain; charset=utf-8"}}
	secure(h)
	b := head("503 Service Unavailable", h)
	return append(b[:len(b)-len("Date: ")], "Content-Length: "...)
}
