package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// retryAfter is what a client that got no worker is told, in seconds.
const retryAfter = "1"

// secure sets the headers that every response of both lanes has, unless its
// handler sets them otherwise: no guessing of types, no frames in foreign pages
// (clickjacking), no addresses told to foreign servers.
func secure(h http.Header) {
	values := [...]string{"nosniff", "SAMEORIGIN", "same-origin"} // one allocation for the three
	h["X-Content-Type-Options"] = values[0:1:1]
	h["X-Frame-Options"] = values[1:2:2]
	h["Referrer-Policy"] = values[2:3:3]
}

// ServeHTTP is the full lane: whatever the fast lane does not answer, and
// whatever a test passes in.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rw := &response{ResponseWriter: w, head: r.Method == http.MethodHead}
	start := time.Now()
	last := arrived(r)
	secure(w.Header())
	if last || s.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	defer s.finish(rw, r, start)
	if len(r.RequestURI) > maxTargetBytes {
		w.Header().Set("Connection", "close")
		http.Error(rw, strings.TrimSpace(tooLong), http.StatusRequestURITooLong)
		return
	}
	if lines := headerLines(r); lines > maxHeaders {
		w.Header().Set("Connection", "close")
		http.Error(rw, "431 the header has more than "+strconv.Itoa(maxHeaders)+" lines", http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	limited := s.takeBody(rw, r)
	if limited == nil {
		return
	}
	defer func() { r.MultipartForm = limited.MultipartForm }() // net/http removes its files
	if s.guard.enter(rw, limited) {
		s.mux.ServeHTTP(rw, limited)
	}
}

// tooLong is the text of 414.
const tooLong = "414 the address is too long\n"

func headerLines(r *http.Request) (n int) {
	for _, values := range r.Header {
		n += len(values)
	}
	return n
}

// finish answers for a handler that panicked, counts and logs.
func (s *Server) finish(rw *response, r *http.Request, start time.Time) {
	p := recover()
	abort := false
	if p != nil {
		if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			s.log.Error("a handler panicked", "method", r.Method, "path", r.RequestURI, "id", rw.id(r),
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		if abort = rw.status != 0 || rw.hijacked; !abort {
			rw.fail(r)
		}
	}
	if rw.status == 0 && rw.broken != 0 && !rw.hijacked {
		rw.breakOff(rw.limit)
	}
	if rw.status == 0 {
		rw.status = http.StatusOK
		if rw.hijacked {
			rw.status = http.StatusSwitchingProtocols
		}
	}
	took := time.Since(start)
	if rw.stream {
		s.count.count(rw.status)
	} else {
		s.count.observe(rw.status, took)
	}
	if !s.cfg.NoAccessLog {
		a := access{method: r.Method, path: r.RequestURI, remote: r.RemoteAddr, id: cmp.Or(rw.given, clientID(r)),
			status: rw.status, bytes: rw.bytes.Load(), start: start, took: took}
		out := s.buffers.output()
		out.line = a.append(out.line[:0])
		s.lines.add(out.line)
		s.buffers.outputs.Put(out)
	}
	if abort {
		panic(http.ErrAbortHandler) // the rest of the response is missing: the client must see that
	}
}

// pooled runs its handler on a worker of the pool.
type pooled struct {
	server  *Server
	handler http.Handler
}

func (h pooled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.server.pool.acquire(r.Context()); err != nil {
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "503 "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer h.server.pool.release()
	h.handler.ServeHTTP(w, r)
}

// streamed runs its handler beside the pool, until the drain.
type streamed struct {
	server  *Server
	handler http.Handler
}

func (h streamed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rw, ok := w.(*response); ok {
		rw.stream = true
	}
	count := h.server.count
	defer count.streams.Add(-1)
	if n := count.streams.Add(1); n > h.server.maxStreams() {
		count.streamsRefused.Add(1)
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "503 all "+strconv.FormatInt(n-1, 10)+" streams that this service offers at once are in use", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	control := http.NewResponseController(w)
	ended := make(chan struct{})
	stop := context.AfterFunc(h.server.drain, func() {
		defer close(ended)
		cancel()
		// A handler that waits for a client who does not read must end too.
		_ = control.SetWriteDeadline(time.Now().Add(time.Second))
	})
	defer func() {
		if !stop() {
			<-ended // w is not to be touched after this returns
		}
	}()
	h.handler.ServeHTTP(w, r.WithContext(ctx))
}

// response records what a handler answers. It passes ReadFrom on, so that
// files still go out by sendfile.
type response struct {
	http.ResponseWriter
	status      int
	bytes       atomic.Int64 // of the body; a hijacked connection's are counted by whoever writes
	head        bool
	stream      bool
	hijacked    bool
	taken       bool   // a hook has answered
	ownDeadline bool   // the handler has set one for reading
	broken      int    // the status of a body that broke off
	limit       int64  // that a body was longer than
	given       string // the request's id, once somebody needed one
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if w.broken != 0 && w.status == 0 && status >= 400 {
		status = w.broken
		w.Header().Set("Connection", "close")
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
		w.status = http.StatusOK
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
