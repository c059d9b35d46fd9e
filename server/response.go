package server

import (
	"io"
	"net/http"
	"sync/atomic"
)

// response records what a handler answers. It passes ReadFrom on, so that
// files still go out by sendfile.
type response struct {
	http.ResponseWriter
	server      *Server
	conn        *conn // nil in a test without one
	status      int
	bytes       atomic.Int64 // of the body; after a hijack, of everything the handler writes
	head        bool
	stream      bool
	hijacked    bool
	answered    bool   // by a hook
	ownDeadline bool   // the handler has set one for reading
	broken      int    // the status of a body that broke off
	limit       int64  // that a body was longer than
	given       string // the request's id, once it was needed
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if w.broken != 0 && w.status == 0 && status >= 400 {
		status = w.broken
		w.Header().Set("Connection", "close")
	}
	if w.status == 0 && status >= 200 {
		w.tellDrain()
	}
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	w.begin()
	n, err := w.ResponseWriter.Write(p)
	w.sent(int64(n))
	return n, err
}

func (w *response) WriteString(s string) (int, error) {
	w.begin()
	n, err := io.WriteString(w.ResponseWriter, s)
	w.sent(int64(n))
	return n, err
}

func (w *response) ReadFrom(r io.Reader) (int64, error) {
	w.begin()
	n, err := io.Copy(w.ResponseWriter, r)
	w.sent(n)
	return n, err
}

func (w *response) begin() {
	if w.status == 0 {
		w.tellDrain()
		w.status = http.StatusOK
	}
}

// tellDrain tells the client with the header, at the last moment, that a drain
// has begun: its next request needs another connection.
func (w *response) tellDrain() {
	if w.server.draining.Load() {
		w.endsConnection()
	}
}

// endsConnection makes this answer the last of its connection.
func (w *response) endsConnection() {
	w.Header().Set("Connection", "close")
	if w.conn != nil {
		w.conn.lastAnswer.Store(true)
	}
}

func (w *response) sent(n int64) {
	if !w.head {
		w.bytes.Add(n)
	}
}

// Flush is for handlers that ask for an http.Flusher.
func (w *response) Flush() {
	w.begin()
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}
