package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	// bodyTimeout is how long nothing of a body may come, and how long a body
	// may be slower than bodyRate, in bytes a second.
	bodyTimeout = 30 * time.Second
	bodyRate    = 512
)

// body is a request's body that keeps to the limits of time and size, and
// remembers why it broke off. The status of that is the answer's, if the
// handler answers with an error or not at all.
type body struct {
	io.ReadCloser
	w       *response
	control *http.ResponseController
	timeout time.Duration
	start   time.Time
	set     time.Time // when the deadline was set
	left    int64     // bytes that may come yet; below 0: the limit was passed
	limit   int64     // 0: none
	n       int64
}

// takeBody returns r with limits around its body, or nil if it has answered the
// request. It returns a copy, because net/http must find its own body in its own
// request. Otherwise net/http would wait for a body that the client holds back after
// Expect: 100-continue.
func (s *Server) takeBody(w *response, r *http.Request) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	limit := max(s.cfg.MaxBody, 0)
	if limit > 0 && r.ContentLength > limit {
		w.broken = http.StatusRequestEntityTooLarge
		w.breakOff(limit)
		// net/http reads what it can of the body before it closes.
		_ = http.NewResponseController(w.ResponseWriter).SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		return nil
	}
	limited := *r
	limited.Body = &body{ReadCloser: r.Body, w: w, control: http.NewResponseController(w.ResponseWriter),
		timeout: s.bodyTimeout, start: time.Now(), limit: limit, left: limit}
	return &limited
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.limit > 0 && b.left < 0 {
		return 0, &http.MaxBytesError{Limit: b.limit}
	}
	if now := time.Now(); !b.w.ownDeadline && now.Sub(b.set) > b.timeout/8 {
		b.set = now
		deadline := b.start.Add(b.timeout + time.Duration(b.n)*time.Second/bodyRate)
		if soon := now.Add(b.timeout); soon.Before(deadline) {
			deadline = soon
		}
		_ = b.control.SetReadDeadline(deadline) // a test's recorder has none
	}
	if b.limit > 0 && int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more shows that there is more
	}
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if b.limit > 0 {
		if b.left -= int64(n); b.left < 0 {
			b.w.broken, b.w.limit = http.StatusRequestEntityTooLarge, b.limit
			return n - 1, &http.MaxBytesError{Limit: b.limit}
		}
	}
	switch {
	case err == nil:
	case err == io.EOF && b.w.ownDeadline:
	case err == io.EOF:
		_ = b.control.SetReadDeadline(time.Time{})
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.w.broken = http.StatusRequestTimeout
	default:
		b.w.broken = http.StatusBadRequest
	}
	return n, err
}

// SetReadDeadline is for http.ResponseController: a handler that sets the time
// for its request's body by itself is not interfered with.
func (w *response) SetReadDeadline(t time.Time) error {
	w.ownDeadline = true
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(t)
}

// breakOff answers a request whose body broke off.
func (w *response) breakOff(limit int64) {
	text := "400 the body is not as its headers say"
	switch w.broken {
	case http.StatusRequestTimeout:
		text = "408 the body came too slowly"
	case http.StatusRequestEntityTooLarge:
		text = "413 the body is longer than the " + strconv.FormatInt(limit, 10) + " bytes that this service takes"
	}
	w.Header().Set("Connection", "close")
	http.Error(w, text, w.broken)
}
