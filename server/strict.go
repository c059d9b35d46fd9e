package server

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxHeaders is how many header lines a request may have; beyond: 431.
const maxHeaders = 128

// headEnds reports whether the whole head of a request is in b.
func headEnds(b []byte) bool {
	b = bytes.TrimLeft(b, "\r\n") // empty lines ahead of a request do no harm, RFC 9112 §2.2
	return bytes.Contains(b, []byte("\n\r\n")) || bytes.Contains(b, []byte("\n\n"))
}

// flaw describes a problem in a request's head that net/http would accept, although
// another server in front or behind might read it differently. An empty text means
// that there is none. See RFC 9112, sections 2.2, 5.2, 6.3 and 11.2.
func flaw(b []byte) (status int, text string) {
	b = bytes.TrimLeft(b, "\r\n")
	length, coding := false, false
	for n := 0; ; n++ {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		if !found {
			return 0, ""
		}
		b = rest
		if line, found = bytes.CutSuffix(line, []byte("\r")); !found {
			return http.StatusBadRequest, "a line of the header ends without a carriage return"
		}
		if len(line) == 0 {
			return 0, ""
		}
		if n == 0 {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			return http.StatusBadRequest, "a line of the header is folded"
		}
		if n > maxHeaders {
			return http.StatusRequestHeaderFieldsTooLarge, "the header has more than " + strconv.Itoa(maxHeaders) + " lines"
		}
		name, _, _ := bytes.Cut(line, []byte(":"))
		length = length || bytes.EqualFold(name, []byte("Content-Length"))
		coding = coding || bytes.EqualFold(name, []byte("Transfer-Encoding"))
		if length && coding {
			return http.StatusBadRequest, "Content-Length and Transfer-Encoding exclude each other"
		}
	}
}

// reject answers what net/http is not to see, and closes. It reads on for a
// moment: what is unread at a close takes the answer back.
func (c *conn) reject(status int, text string) error {
	body := strconv.Itoa(status) + " " + text + "\n"
	_, err := c.write(rejection(status, body))
	if cw, ok := c.Conn.(interface{ CloseWrite() error }); ok && err == nil && cw.CloseWrite() == nil {
		_ = c.Conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		_, _ = io.CopyN(io.Discard, c.Conn, 64<<10)
	}
	return c.end(nil)
}

// tooLate ends a connection that exceeds its time between two requests, or in the head
// of one. Only the second gets an answer that says why.
func (c *conn) tooLate() {
	if !c.partial.Load() || !c.state.CompareAndSwap(reading, answering) {
		c.closeIdle()
		return
	}
	_ = c.Conn.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)) // the sweeper must not wait for a client
	_, _ = c.write(rejection(http.StatusRequestTimeout, "408 the header came too slowly\n"))
	c.cut()
}

func (c *conn) write(p []byte) (int, error) {
	c.refusal(p)
	n, err := c.Conn.Write(p)
	c.sent(int64(n))
	return n, err
}

func rejection(status int, body string) []byte {
	h := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Connection": {"close"},
		"Content-Length": {strconv.Itoa(len(body))}}
	secure(h)
	b := head(strconv.Itoa(status)+" "+http.StatusText(status), h)
	b = time.Now().UTC().AppendFormat(b, http.TimeFormat)
	return append(append(b, "\r\n\r\n"...), body...)
}
