package server

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

// difference says how two answers differ, Date aside.
func difference(a, b *http.Response) string {
	ha, hb := a.Header.Clone(), b.Header.Clone()
	ha.Del("Date")
	hb.Del("Date")
	if a.StatusCode != b.StatusCode || a.ContentLength != b.ContentLength || a.Close != b.Close ||
		!reflect.DeepEqual(ha, hb) {
		return fmt.Sprintf("%d (%d bytes, close %v) %v and %d (%d bytes, close %v) %v",
			a.StatusCode, a.ContentLength, a.Close, ha, b.StatusCode, b.ContentLength, b.Close, hb)
	}
	return ""
}

// script is a client that sends its bytes in pieces and keeps what it gets.
type script struct {
	net.Conn // nil: what is not here is not called
	pieces   [][]byte
	got      bytes.Buffer
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error) { return s.got.Write(p) }
func (s *script) Close() error                { return nil }

// pieces cuts data after the lengths that cuts lists.
func pieces(data, cuts []byte) (out [][]byte) {
	for _, n := range cuts {
		if n := int(n); n > 0 && n < len(data) {
			out = append(out, data[:n])
			data = data[n:]
		}
	}
	if len(data) > 0 {
		out = append(out, data)
	}
	return out
}

// FuzzFastLane holds the fast lane against net/http: whatever it answers,
// net/http reads as the same requests and answers the same; what it
// passes on is what came after, byte for byte.
func FuzzFastLane(f *testing.F) {
	const host = "Host: x.org\r\n"
	for _, seed := range []string{
		"GET /hot HTTP/1.1\r\n" + host + "\r\n",
		"HEAD /hot HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "\r\nGET /a%20b?c=d HTTP/1.1\r\n" + host +
			"X-Request-Id: 1\r\n\r\nPOST / HTTP/1.1\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "If-None-Match: \"e1\"\r\nIf-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "If-None-Match: \"e2\", \"e1\"\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + host + "\r\n",
		"GET /hot HTTP/1.1\nHost: x\n\n",
		"GET /hot HTTP/1.1\r\nHost : x\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nGET /",
		"GET /hot HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "Pragma: no-cache\r\nRange: bytes=0-1\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "Range: bytes=2-4\r\n\r\nGET /enc HTTP/1.1\r\n" + host +
			"Accept-Encoding: br, gzip;q=0.5\r\n\r\n",
		"GET /enc HTTP/1.1\r\n" + host + "Range: bytes=-3\r\n\r\nHEAD /enc HTTP/1.1\r\n" + host +
			"Accept-Encoding: gzip\r\nIf-None-Match: W/\"g\", \"x\"\r\n\r\n",
		"GET /hot HTTP/1.1\r\n" + host + "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT\r\n\r\nGET /hot HTTP/1.1\r\n" +
			host + "Range: bytes=4-\r\n\r\n",
		"GET /gone HTTP/1.1\r\n" + host + "Range: bytes=4-\r\nIf-None-Match: *\r\n\r\nHEAD /gone HTTP/1.1\r\n" + host +
			"\r\n",
		"GET /hot HTTP/1.0\r\n\r\n", "\r\nGET /hot HTTP/1.1\r\n" + host + "\r\n",
		"GET //hot HTTP/1.1\r\n" + host + "\r\n", "GET http://x/hot HTTP/1.1\r\n" + host + "\r\n",
		"POST /hot HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabcGET /hot HTTP/1.1\r\n" + host + "\r\n",
		"PUT /hot HTTP/1.1\r\n" + host + "Content-Length: 007\r\nContent-Length: 7\r\n\r\n1234567",
		"PROPFIND / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\n",
		"CONNECT /hot HTTP/1.1\r\n" + host + "\r\n", "POST /hot HTTP/1.1\r\n" + host +
			"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n",
	} {
		f.Add([]byte(seed), []byte{})
		f.Add([]byte(seed), []byte{3, 20, 1, 30})
	}
	s := New(Config{Log: io.Discard, NoAccessLog: true})
	e := entry("the body")
	enc := encodedEntry()
	bare := Entry{ContentType: "text/css", Body: []byte{}}
	gone := Entry{Status: http.StatusNotFound, ContentType: "text/plain; charset=utf-8", Body: []byte("no such thing\n")}
	for target, e := range map[string]*Entry{"/hot": &e, "/enc": &enc, "/a%20b?c=d": &bare, "/gone": &gone} {
		s.cache.Put(target, *e)
		s.cache.Put(target, *e)
	}
	s.Handle("/hot", &e)
	s.Handle("/gone", &gone)
	s.Handle("/enc", &enc)
	s.Handle("/{any}", &bare)
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		client := &script{pieces: pieces(data, cuts)}
		c := &conn{client: newClientList().other, Conn: client, srv: s}
		s.conns.add(c)
		err := c.fast()
		left := bytes.Join(client.pieces, nil)
		if err == nil {
			left = append(append([]byte(nil), c.in.b[c.in.r:c.in.w]...), left...)
		}
		if !bytes.HasSuffix(data, left) {
			t.Fatalf("passed on %q, which does not end %q", left, data)
		}
		used := data[:len(data)-len(left)]
		if err == nil && !c.pinned {
			sameEnd(t, left, c.remaining)
		}
		c.cut()

		theirs := bufio.NewReader(bytes.NewReader(used))
		ours := bufio.NewReader(&client.got)
		var req request
		for client.got.Len() > 0 || ours.Buffered() > 0 {
			rest, _ := io.ReadAll(theirs)
			theirs = bufio.NewReader(bytes.NewReader(rest))
			if v := parse(rest, &req); v == doubtful {
				if status, text := flaw(rest); status != 0 {
					got, err := http.ReadResponse(ours, nil)
					if err != nil || got.StatusCode != status || !got.Close {
						t.Fatalf("%q (%s) was answered %v, %v; want %d and a close", rest, text, got, err, status)
					}
					return
				}
			}
			if v := parse(rest, &req); v != plain {
				t.Fatalf("answered %q, which parse calls %d", rest, v)
			}
			r, err := http.ReadRequest(theirs)
			if err != nil {
				t.Fatalf("net/http refuses %q: %v", rest, err)
			}
			if left, _ := io.ReadAll(theirs); len(rest)-len(left) != req.size {
				t.Fatalf("net/http reads %d bytes of %q, the fast lane %d", len(rest)-len(left), rest, req.size)
			}
			theirs = bufio.NewReader(bytes.NewReader(rest[req.size:]))
			sameRequest(t, r, &req)

			got, err := http.ReadResponse(ours, r)
			if err != nil {
				t.Fatalf("the fast lane's answer is broken: %v", err)
			}
			body, err := io.ReadAll(got.Body)
			if err != nil {
				t.Fatalf("the fast lane's answer is cut: %v", err)
			}
			want, wantBody := fullLane(t, s, r)
			if d := difference(got, want); d != "" || !bytes.Equal(body, wantBody) {
				t.Fatalf("%q: the lanes differ: %s, bodies %q and %q", rest, d, body, wantBody)
			}
		}
	})
}

// sameEnd compares where net/http and the fast lane see the end of a request. If
// net/http refuses a request, it answers and closes by itself.
func sameEnd(t *testing.T, b []byte, feed int64) {
	t.Helper()
	rest := bytes.NewReader(b)
	br := bufio.NewReaderSize(rest, 16)
	r, err := http.ReadRequest(br)
	if err != nil {
		return
	}
	head := int64(len(b) - rest.Len() - br.Buffered())
	if r.ContentLength < 0 || len(r.TransferEncoding) > 0 || head+r.ContentLength != feed ||
		r.Header.Get("Expect") != "" || r.ProtoMinor != 1 {
		t.Fatalf("net/http finds the end of %q after %d and %d bytes, the fast lane after %d", b, head, r.ContentLength, feed)
	}
}

func sameRequest(t *testing.T, r *http.Request, req *request) {
	t.Helper()
	if r.Method != req.method() || r.RequestURI != string(req.target) || r.Host != string(req.host) ||
		r.Close != req.close ||
		req.since != nil && r.Header.Get("If-Modified-Since") != string(req.since) ||
		r.Header.Get("Range") != string(req.part) ||
		r.Header.Get("Accept-Encoding") != string(req.accept) || r.Header.Get("If-None-Match") != string(req.etag) ||
		clientID(r) != string(req.id) ||
		r.ContentLength != 0 || r.ProtoMajor != 1 || r.ProtoMinor != 1 {
		t.Fatalf("net/http reads %+v, the fast lane %+v", r, req)
	}
}

// fullLane answers r as net/http's server does.
func fullLane(t *testing.T, s *Server, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	resp := w.Result()
	body := w.Body.Bytes()
	// The recorder leaves two things to the server: net/http sends no body to HEAD,
	// and says when it is going to close.
	if r.Method == http.MethodHead {
		body = nil
	}
	resp.Close = r.Close
	if resp.StatusCode == http.StatusNotModified {
		resp.ContentLength = 0
		if r.Method == http.MethodHead {
			resp.ContentLength = -1 // what a client makes of it
		}
	}
	return resp, body
}

// TestPassedOnBytesReachNetHTTP is the other half: the connection that
// net/http reads gives it what the fast lane left, in any pieces.
func TestPassedOnBytesReachNetHTTP(t *testing.T) {
	s := New(Config{Log: io.Discard, NoAccessLog: true})
	s.cache.Put("/hot", entry("x"))
	const rest = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
	client := &script{pieces: pieces([]byte("GET /hot HTTP/1.1\r\nHost: x\r\n\r\n"+rest), bytes.Repeat([]byte{5}, 9))}
	c := &conn{client: newClientList().other, Conn: client, srv: s}
	s.conns.add(c)
	defer c.cut()
	if err := c.fast(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil || string(got) != rest {
		t.Errorf("net/http reads %q, %v; want %q", got, err, rest)
	}
	if !strings.HasPrefix(client.got.String(), "HTTP/1.1 200 OK\r\n") {
		t.Errorf("the fast lane answered %q", client.got.String())
	}
}

func BenchmarkCachedGET(b *testing.B) {
	c, turn := steady(b, "")
	b.ReportAllocs()
	for b.Loop() {
		turn()
	}
	c.cut()
}

// TestTheFastLaneAllocatesNothing keeps it fast.
func TestTheFastLaneAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, header := range []string{"", "If-None-Match: \"e2\", \"e1\"\r\n",
		"If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT\r\n",
		"Range: bytes=10-19\r\n", "Accept-Encoding: br, gzip;q=0.5, zstd\r\n"} {
		c, turn := steady(t, header)
		if n := testing.AllocsPerRun(1000, turn); n > 0 {
			t.Errorf("%q: %v allocations for each request, want 0", header, n)
		}
		c.cut()
	}
}

// steady returns a connection and what makes it answer one more request with
// the header, access log and metrics on.
func steady(tb testing.TB, header string) (*conn, func()) {
	s := New(Config{Log: io.Discard})
	finish := s.lines.start()
	tb.Cleanup(finish)
	e := entry(strings.Repeat("x", 1024))
	if strings.HasPrefix(header, "Accept-Encoding") {
		e.Encoded = encodedEntry().Encoded
	}
	s.cache.Put("/hot", e)
	c := &conn{client: newClientList().other, Conn: &sink{}, srv: s, remote: "127.0.0.1:50000", in: new(input)}
	s.conns.add(c)
	raw := "GET /hot HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n" + header + "\r\n"
	var req request
	turn := func() {
		c.requestCount.Store(0)
		c.in.r, c.in.w = 0, copy(c.in.b[:], raw)
		if done, err := c.answerAll(&req); done || err != nil {
			tb.Fatal("not answered")
		}
	}
	for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); {
		turn() // until the buffers have grown
	}
	return c, turn
}

type sink struct{ net.Conn }

func (*sink) Write(p []byte) (int, error) { return len(p), nil }
func (*sink) Close() error                { return nil }
