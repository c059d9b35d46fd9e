package server

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// retryAfter is sent to a client that got no worker, in seconds.
const retryAfter = "1"

// secure sets headers of every response, unless its handler sets them differently.
// They forbid guessing types, frames in foreign pages (clickjacking), and addresses in
// requests to foreign servers.
func secure(h http.Header) {
	values := [...]string{"nosniff", "SAMEORIGIN", "same-origin"} // one allocation for the three
	h["X-Content-Type-Options"] = values[0:1:1]
	h["X-Frame-Options"] = values[1:2:2]
	h["Referrer-Policy"] = values[2:3:3]
}

// ServeHTTP is the full lane: whatever the fast lane does not answer, and
// whatever a test passes in.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rw := &response{ResponseWriter: w, server: s, conn: connOf(r), head: r.Method == http.MethodHead}
	start := time.Now()
	secure(w.Header())
	if rw.conn.arrived(start) {
		rw.endsConnection()
	}
	defer s.finish(rw, r, start)
	if len(r.RequestURI) > maxTargetBytes {
		w.Header().Set("Connection", "close")
		http.Error(rw, strings.TrimSpace(tooLong), http.StatusRequestURITooLong)
		return
	}
	if lines := headerLines(r); lines > maxHeaders {
		w.Header().Set("Connection", "close")
		http.Error(rw, "431 the header has more than "+strconv.Itoa(maxHeaders)+" lines",
			http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	limited := s.takeBody(rw, r)
	if limited == nil {
		return
	}
	defer func() { r.MultipartForm = limited.MultipartForm }() // net/http removes its files
	if admitted := s.admission.admit(rw, limited); admitted != nil {
		limited = admitted
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
	if rw.hijacked && rw.status == 0 {
		rw.status = http.StatusSwitchingProtocols
	}
	rw.begin()
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
