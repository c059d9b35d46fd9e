package server

import (
	"bytes"
	"strconv"
	"time"
)

// refusal counts and logs an answer that net/http gives by itself, to what it
// does not take for a request: such an answer reaches no handler.
func (c *conn) refusal(p []byte) {
	rest, ok := bytes.CutPrefix(p, []byte("HTTP/1.1 "))
	if !ok || len(rest) < 3 || c.pinned && c.srv.tls != nil {
		return
	}
	status, err := strconv.Atoi(string(rest[:3]))
	if err != nil || status < 400 {
		return
	}
	c.srv.count.count(status)
	c.client.requests.Add(1)
	if !c.srv.cfg.NoAccessLog {
		_, body, _ := bytes.Cut(rest, []byte("\r\n\r\n"))
		a := access{method: "-", path: "-", remote: c.remote, status: status, bytes: int64(len(body)), start: time.Now()}
		c.srv.lines.add(a.append(nil))
	}
}
