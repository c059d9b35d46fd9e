package server

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestBadInputGetsAPreciseAnswer speaks raw bytes. Each is answered, or where
// nothing can be said any more closed, and a good request elsewhere is served.
func TestBadInputGetsAPreciseAnswer(t *testing.T) {
	r := run(t, Config{MaxBody: 1000}, func(s *Server) {
		cached(s)
		s.HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
		s.HandleFunc("POST /drop", func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	})
	const get, post = "GET /hot HTTP/1.1\r\nHost: x\r\n", "POST /read HTTP/1.1\r\nHost: x\r\n"
	for _, c := range []struct {
		name, raw string
		status    int
		closes    bool
	}{
		{"two lengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, true},
		{"two equal lengths in a list", post + "Content-Length: 2, 2\r\n\r\nab", 400, true},
		{"a length with a sign", post + "Content-Length: +2\r\n\r\nab", 400, true},
		{"an unknown coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, true},
		{"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, true},
		{"a bad chunk", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n", 400, true},
		{"a bad chunk that the handler ignores", strings.Replace(post, "read", "drop", 1) +
			"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400, true},
		{"a space before the colon", "GET /hot HTTP/1.1\r\nHost : x\r\n\r\n", 400, true},
		{"a folded line first", "GET /hot HTTP/1.1\r\n Host: x\r\n\r\n", 400, true},
		{"no host", "GET /hot HTTP/1.1\r\n\r\n", 400, true},
		{"two hosts", get + "Host: y\r\n\r\n", 400, true},
		{"a host that is none", "GET /hot HTTP/1.1\r\nHost: a b\r\n\r\n", 400, true},
		{"a header flood", get + strings.Repeat("A: b\r\n", 10000) + "\r\n", 431, true},
		{"a header of 64 KiB", get + "A: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431, true},
		{"too many headers", get + strings.Repeat("A:\r\n", 300) + "\r\n", 431, true},
		{"a URI of 64 KiB", "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, true},
		{"a URI of 9 KiB", "GET /" + strings.Repeat("a", 9<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, true},
		{"a control character", get + "A: \x01\r\n\r\n", 400, true},
		{"no HTTP", "hello\r\n\r\n", 400, true},
		{"a version of the future", "GET /hot HTTP/3.7\r\nHost: x\r\n\r\n", 505, true},
		{"a body announced too long", post + "Content-Length: 1001\r\n\r\n", 413, true},
		{"a body too long in chunks", post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat("a", 1001) +
			"\r\n0\r\n\r\n", 413, true},
		{"a length with a coding", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, true},
		{"bare line feeds", "GET /hot HTTP/1.1\nHost: x\n\n", 400, true},
		{"a folded line", get + "A: b\r\n c\r\n\r\n", 400, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			nc := r.dial(t)
			go io.WriteString(nc, c.raw)
			br := bufio.NewReader(nc)
			resp, body := answer(t, br, "GET")
			if resp.StatusCode != c.status {
				t.Errorf("%d %q, want %d", resp.StatusCode, body, c.status)
			}
			if c.closes {
				_ = nc.SetReadDeadline(time.Now().Add(3 * time.Second))
				if _, err := br.ReadByte(); err == nil || strings.Contains(err.Error(), "timeout") {
					t.Errorf("the connection stays open: %v", err)
				}
			}
			if resp, _ := r.get(t, "/hot"); resp.StatusCode != 200 {
				t.Errorf("afterwards a good request gets %d", resp.StatusCode)
			}
		})
	}
}

func TestSlowBodyLosesItsWorker(t *testing.T) {
	r := run(t, Config{Workers: 1}, func(s *Server) {
		s.bodyTimeout = 50 * time.Millisecond
		s.HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) { io.ReadAll(r.Body) })
	})
	for _, raw := range []string{"Content-Length: 10\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"} {
		nc := r.dial(t)
		io.WriteString(nc, "POST /read HTTP/1.1\r\nHost: x\r\n"+raw)
		if resp, body := answer(t, bufio.NewReader(nc), "POST"); resp.StatusCode != 408 ||
			body != "408 the body came too slowly\n" || !resp.Close {
			t.Errorf("%d %q, close %v; want 408 and a close", resp.StatusCode, body, resp.Close)
		}
	}
}

func TestHalfClosedPipelineIsAnswered(t *testing.T) {
	entered, release := make(chan struct{}, 3), make(chan struct{})
	r := run(t, Config{}, func(s *Server) {
		cached(s)
		s.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
			entered <- struct{}{}
			select {
			case <-release:
			case <-r.Context().Done():
			}
			fmt.Fprint(w, r.Context().Err())
		})
	})
	nc := r.dial(t)
	io.WriteString(nc, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	io.WriteString(nc, "GET /hot HTTP/1.1\r\nHost: x\r\n\r\n")
	nc.(interface{ CloseWrite() error }).CloseWrite()
	time.AfterFunc(50*time.Millisecond, func() { close(release) }) // the end has come by then, or the test proves less
	br := bufio.NewReader(nc)
	for _, want := range []string{"<nil>", "cached body"} {
		if _, body := answer(t, br, "GET"); body != want {
			t.Errorf("got %q, want %q", body, want)
		}
	}
}

// TestIdleConnectionsLeaveNetHTTP: its buffers and its stack are most of what
// an idle connection costs.
func TestIdleConnectionsLeaveNetHTTP(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.handBack = 20 * time.Millisecond
		cached(s)
	})
	nc := r.dial(t)
	br := bufio.NewReader(nc)
	inside := func() bool {
		b := make([]byte, 1<<20)
		return strings.Contains(string(b[:runtime.Stack(b, true)]), "server.(*conn).Read(")
	}
	for range 3 {
		for _, path := range []string{"/cold", "/hot", "/cold"} {
			io.WriteString(nc, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			if resp, body := answer(t, br, "GET"); resp.StatusCode != 200 || body != "cached body" && body != "cold body" {
				t.Fatalf("%s: %d %q", path, resp.StatusCode, body)
			}
		}
		io.WriteString(nc, "POST /cold HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
		answer(t, br, "POST")
		io.WriteString(nc, "GET /h")
		eventually(t, "net/http has let the connection go", func() bool { return !inside() })
		io.WriteString(nc, "ot HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, body := answer(t, br, "GET"); body != "cached body" {
			t.Fatalf("a request that came in two pieces: %q", body)
		}
	}
	if n := r.count.connections.Load(); n != 1 {
		t.Errorf("connections = %d, want 1", n)
	}
}

func TestSlowHeaderIsToldWhy(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		cached(s)
		s.headerTimeout, s.sweepEvery = 50*time.Millisecond, 10*time.Millisecond
	})
	for _, raw := range []string{"GET /hot HTT", "POST / HTTP/1.1\r\nHost: x\r\n"} {
		nc := r.dial(t)
		io.WriteString(nc, raw)
		if resp, body := answer(t, bufio.NewReader(nc), "GET"); resp.StatusCode != 408 ||
			body != "408 the header came too slowly\n" || !resp.Close {
			t.Errorf("%q: %d %q, close %v; want 408 and a close", raw, resp.StatusCode, body, resp.Close)
		}
	}
	eventually(t, "both are counted", func() bool { return r.count.codes[408].Load() == 2 })
}

func TestRequestsOfAConnectionAreLimited(t *testing.T) {
	r := run(t, Config{}, cached)
	for _, path := range []string{"/hot", "/cold"} {
		nc := r.dial(t)
		br := bufio.NewReader(nc)
		for i := range 2 {
			io.WriteString(nc, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			if resp, _ := answer(t, br, "GET"); resp.Close != (i == 1) {
				t.Errorf("%s: answer %d says close: %v", path, i, resp.Close)
			}
			for _, c := range r.conns.list(func(*conn) bool { return true }) {
				c.requestCount.Store(maxRequests - 1)
			}
		}
		eventually(t, "it is closed", func() bool { return r.count.connections.Load() == 0 })
	}
}
