package server

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func cached(s *Server) {
	e := entry("cached body")
	s.Handle("/hot", &e)
	s.Handle("/cold", text("cold body"))
	s.cache.Put("/hot", e)
}

func TestLanesTakeTurnsOnOneConnection(t *testing.T) {
	r := run(t, Config{}, cached)
	nc := r.dial(t)
	br := bufio.NewReader(nc)
	for i := range 20 {
		path, want := "/hot", "cached body"
		if i%3 == 1 {
			path, want = "/cold", "cold body"
		}
		io.WriteString(nc, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		if resp, body := answer(t, br, "GET"); resp.StatusCode != 200 || body != want {
			t.Fatalf("request %d: %d %q, want 200 %q", i, resp.StatusCode, body, want)
		}
	}
	// The handler is gone from the mux's view: only the fast lane can answer.
	r.cache.Put("/only-fast", entry("fast"))
	io.WriteString(nc, "GET /only-fast HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, body := answer(t, br, "GET"); resp.StatusCode != 200 || body != "fast" {
		t.Errorf("after the full lane: %d %q, want the fast lane's answer", resp.StatusCode, body)
	}
}

// TestBodiesAreNetHTTPsToTheirLastByte sends bodies that look like requests, so a lane
// that misreads their length answers too often.
func TestBodiesAreNetHTTPsToTheirLastByte(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body) // net/http stops reading it once an answer has begun
			if err != nil {
				t.Error(err)
			}
			w.Write(body)
		})
		s.HandleFunc("PUT /unread", text("unread"))
		s.cache.Put("/hot", entry("hot"))
		s.HandleFunc("GET /hot", text("full"))
	})
	const hot = "GET /hot HTTP/1.1\r\nHost: x\r\n\r\n"
	large := strings.Repeat(hot, 3000) // 90 KB, far beyond every buffer
	for _, c := range []struct{ name, request, body, want, lane string }{
		{"length", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n", hot, hot, "hot"},
		{"empty", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "", "", "hot"},
		{"none", "POST /echo HTTP/1.1\r\nHost: x\r\n\r\n", "", "", "hot"},
		{"unread", "PUT /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n", hot, "unread", "hot"},
		{"large", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n", large, large, ""},
		{"large and unread", "PUT /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n", large, "unread", ""},
		{"of a GET", "GET /hot HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n", hot, "full", "hot"},
		{"chunked", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1e\r\n" + hot + "\r\n0\r\n\r\n",
			hot, "full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, piece := range []int{1 << 20, 4096, 7} {
				nc := r.dial(t)
				br := bufio.NewReader(nc)
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					for s := c.request + c.body + c.request + c.body + hot; s != ""; {
						n := min(piece, len(s))
						if _, err := io.WriteString(nc, s[:n]); err != nil {
							return // the test says why
						}
						s = s[n:]
					}
				}()
				for range 2 {
					if _, got := answer(t, br, "POST"); got != c.want {
						t.Fatalf("in pieces of %d: %d bytes %.50q, want %d bytes %.50q", piece, len(got), got, len(c.want), c.want)
					}
				}
				// A client that sends more than a buffer ahead may stay with net/http.
				if _, got := answer(t, br, "GET"); got != c.lane && (c.lane != "" || got != "hot" && got != "full") {
					t.Errorf("in pieces of %d, then: %q, want %q", piece, got, c.lane)
				}
				<-sent
				nc.Close()
			}
		})
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	r := run(t, Config{}, cached)
	var all strings.Builder
	paths := []string{"/hot", "/hot", "/cold", "/hot", "/cold", "/cold", "/missing", "/hot", "/hot"}
	for _, p := range paths {
		all.WriteString("GET " + p + " HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	for _, step := range []int{len(all.String()), 1, 7, 50} {
		nc := r.dial(t)
		br := bufio.NewReader(nc)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for s := all.String(); s != ""; {
				n := min(step, len(s))
				io.WriteString(nc, s[:n])
				s = s[n:]
			}
		}()
		for i, p := range paths {
			want := map[string]string{"/hot": "cached body", "/cold": "cold body", "/missing": "404 page not found\n"}[p]
			if _, body := answer(t, br, "GET"); body != want {
				t.Fatalf("in steps of %d, answer %d to %s = %q, want %q", step, i, p, body, want)
			}
		}
		<-sent
		nc.Close()
	}
}

func TestBothLanesAnswerAlike(t *testing.T) {
	r := run(t, Config{}, cached)
	for _, c := range []struct{ method, header string }{
		{"GET", ""}, {"HEAD", ""}, {"GET", "Connection: close\r\n"}, {"HEAD", "Connection: keep-alive\r\n"},
		{"GET", "If-None-Match: \"e1\"\r\n"}, {"HEAD", "If-None-Match: \"e1\"\r\n"}, {"GET", "If-None-Match: \"e2\"\r\n"},
		{"GET", "If-None-Match: \"e1\"\r\nIf-Modified-Since: Sun, 01 Mar 2020 12:00:00 GMT\r\n"},
		{"GET", "If-None-Match: W/\"e1\"\r\n"}, {"GET", "If-None-Match: \"a\", W/\"e1\" , \"b\"\r\n"},
		{"GET", "If-None-Match: *\r\n"},
		{"GET", "If-None-Match: \"e1\r\n"}, {"HEAD", "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT\r\n"},
		{"GET", "If-Modified-Since: Sun, 01 Mar 2026 11:59:59 GMT\r\n"}, {"GET", "If-Modified-Since: yesterday\r\n"},
		{"GET", "Range: bytes=2-\r\n"}, {"GET", "Range: bytes=-3\r\n"}, {"GET", "Range: bytes=-99\r\n"},
		{"GET", "Range: bytes=0-99\r\n"},
		{"GET", "Range: bytes=11-\r\n"}, {"GET", "Range: bytes=3-2\r\n"}, {"GET", "Range: bytes=-0\r\n"},
		{"GET", "Range: lines=1-2\r\n"}, {"HEAD", "Range: bytes=2-4\r\n"},
		{"GET", "Range: bytes=2-4\r\nIf-None-Match: \"e1\"\r\n"},
		{"GET", "Range: bytes=2-4\r\nIf-Range: \"e1\"\r\n"}, {"GET", "Range: bytes=2-4\r\nIf-Range: \"e2\"\r\n"},
		{"GET", "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT\r\n"}, {"GET", "Range: bytes=2-4\r\n"},
	} {
		req := c.method + " /hot HTTP/1.1\r\nHost: x\r\n" + c.header
		compare(t, r, req+"\r\n", req+"Content-Length: 0\r\n\r\n", c.method)
	}
}

// compare sends one request through each lane; the second is made doubtful.
func compare(t *testing.T, r *rig, fast, full, method string) {
	t.Helper()
	var got [2]*http.Response
	var bodies [2]string
	for i, raw := range []string{fast, full} {
		nc := r.dial(t)
		io.WriteString(nc, raw)
		got[i], bodies[i] = answer(t, bufio.NewReader(nc), method)
		got[i].Header.Del("Date")
		nc.Close()
	}
	if d := difference(got[0], got[1]); d != "" || bodies[0] != bodies[1] {
		t.Errorf("%q: the lanes differ: %s; bodies %q and %q", fast, d, bodies[0], bodies[1])
	}
}

func TestSlowHeadersAndIdleConnectionsAreClosed(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		cached(s)
		s.headerTimeout, s.idleTimeout = 50*time.Millisecond, 50*time.Millisecond
	})
	for _, sent := range []string{"", "GET /h", "GET /hot HTTP/1.1\r\nHost: x\r\n\r\n"} {
		nc := r.dial(t)
		io.WriteString(nc, sent)
		if _, err := io.ReadAll(nc); err != nil {
			t.Errorf("after %q: %v, want the server to close", sent, err)
		}
	}
	eventually(t, "no connection is open", func() bool { return r.count.connections.Load() == 0 })
}

func TestLimits(t *testing.T) {
	r := run(t, Config{}, cached)
	if resp, _ := r.get(t, "/"+strings.Repeat("a", 9<<10)); resp.StatusCode != 414 {
		t.Errorf("a target of 9 KiB: %d, want 414", resp.StatusCode)
	}
	nc := r.dial(t)
	go io.WriteString(nc, "GET /hot HTTP/1.1\r\nHost: x\r\nA: "+strings.Repeat("a", 32<<10)+"\r\n\r\n")
	if resp, _ := answer(t, bufio.NewReader(nc), "GET"); resp.StatusCode != 431 {
		t.Errorf("32 KiB of headers: %d, want 431", resp.StatusCode)
	}
}

func TestInvalidEntryIsNoticed(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.Handle("/f", text("new"))
		e := entry("old")
		e.Valid = func() bool { return false }
		s.cache.Put("/f", e)
	})
	eventually(t, "the new content is served", func() bool { _, body := r.get(t, "/f"); return body == "new" })
}

func TestHijackedConnectionIsTheHandlers(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.Stream("/raw", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			nc, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			line, _ := rw.ReadString('\n')
			io.WriteString(nc, "you said "+line)
		}))
		s.cache.Put("/hot", entry("hot"))
	})
	nc := r.dial(t)
	io.WriteString(nc, "GET /raw HTTP/1.1\r\nHost: x\r\n\r\n")
	io.WriteString(nc, "GET /hot HTTP/1.1\r\n")
	if got, err := io.ReadAll(nc); err != nil || string(got) != "you said GET /hot HTTP/1.1\r\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func encodedEntry() Entry {
	e := entry("as it is")
	e.Encoded = []Encoded{{"zstd", `"z"`, []byte("small")}, {"gzip", `"g"`, []byte("smaller")}}
	return e
}

func TestEncodedFormsAreTheSameInBothLanes(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		e := encodedEntry()
		s.Handle("/e", &e)
		s.cache.Put("/e", e)
	})
	for accept, want := range map[string]string{
		"": "as it is", "gzip": "smaller", "gzip, zstd": "small", "zstd;q=0, gzip;q=0.5": "smaller", "br": "as it is",
		"GZIP": "smaller", "gzip; q=0.0": "as it is", "*": "as it is", "identity": "as it is", ",,": "as it is",
	} {
		for _, more := range []string{"", "If-None-Match: \"g\"\r\n", "If-None-Match: \"e1\"\r\n", "Range: bytes=1-2\r\n"} {
			req := "GET /e HTTP/1.1\r\nHost: x\r\nAccept-Encoding: " + accept + "\r\n" + more
			compare(t, r, req+"\r\n", req+"Content-Length: 0\r\n\r\n", "GET")
			head := strings.Replace(req, "GET", "HEAD", 1)
			if more == "" {
				compare(t, r, head+"\r\n", head+"Content-Length: 0\r\n\r\n", "HEAD")
			}
		}
		nc := r.dial(t)
		io.WriteString(nc, "GET /e HTTP/1.1\r\nHost: x\r\nAccept-Encoding: "+accept+"\r\n\r\n")
		if resp, body := answer(t, bufio.NewReader(nc), "GET"); body != want || resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q gets %q, Vary %q; want %q", accept, body, resp.Header.Get("Vary"), want)
		}
		nc.Close()
	}
}
