package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// from is a connection that says where it is from.
type from struct {
	net.Conn
	addr   string
	closed bool
}

func (f *from) RemoteAddr() net.Addr { a, _ := net.ResolveTCPAddr("tcp", f.addr); return a }
func (f *from) Close() error         { f.closed = true; return nil }

func TestConnectionsPerAddressAreLimited(t *testing.T) {
	s := New(Config{Log: io.Discard, MaxConnsPerAddr: 2})
	for _, c := range []struct {
		addr   string
		counts bool
		ok     bool
	}{
		{"192.0.2.1:1", true, true}, {"192.0.2.1:2", true, true}, {"192.0.2.1:3", false, false}, {"192.0.2.2:1", true, true},
		{"[2001:db8::1]:1", true, true}, {"[2001:db8::2]:1", true, true}, {"[2001:db8::3]:1", false, false},
		{"127.0.0.1:1", false, true}, {"[::1]:1", false, true},
	} {
		nc := &from{addr: c.addr}
		if counts, ok := s.admits(nc, addrOf(nc)); counts != c.counts || ok != c.ok || nc.closed == c.ok {
			t.Errorf("%s: counts %v, admitted %v, closed %v", c.addr, counts, ok, nc.closed)
		}
	}
	if n := s.count.connsRefused.Load(); n != 2 {
		t.Errorf("refused = %d, want 2", n)
	}
	s.addrs.leave(netip.MustParseAddr("192.0.2.1"))
	if _, ok := s.admits(&from{addr: "192.0.2.1:4"}, netip.MustParseAddr("192.0.2.1")); !ok {
		t.Error("one has left, and still none may come")
	}
}

func TestConnectionsInTotalAreLimited(t *testing.T) {
	r := run(t, Config{MaxConns: 3}, cached)
	var open []net.Conn
	for range 3 {
		open = append(open, r.dial(t))
	}
	eventually(t, "three are open", func() bool { return r.count.connections.Load() == 3 })
	if b, err := io.ReadAll(r.dial(t)); len(b) != 0 && err == nil {
		t.Errorf("the fourth got %q, want a close", b)
	}
	open[0].Close()
	eventually(t, "one has left", func() bool { return r.count.connections.Load() == 2 })
	if resp, _ := r.get(t, "/hot"); resp.StatusCode != 200 {
		t.Errorf("after one has left: %d, want 200", resp.StatusCode)
	}
	if n := r.count.connsRefused.Load(); n != 1 {
		t.Errorf("refused = %d, want 1", n)
	}
}

func TestStreamsAreLimited(t *testing.T) {
	r := run(t, Config{MaxStreams: 1}, func(s *Server) {
		s.Stream("/s", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}))
	})
	first := r.dial(t)
	io.WriteString(first, "GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "the stream runs", func() bool { return r.count.streams.Load() == 1 })
	resp, body := r.get(t, "/s")
	if resp.StatusCode != 503 || body != "503 all 1 streams that this service offers at once are in use\n" ||
		resp.Header.Get("Retry-After") == "" {
		t.Errorf("the second: %d %q, want 503 and why", resp.StatusCode, body)
	}
	first.Close()
	eventually(t, "there is room again", func() bool { return r.count.streams.Load() == 0 })
}

func TestQueueTimeIsMeasured(t *testing.T) {
	p := newPool(1, 1, time.Millisecond)
	_ = p.acquire(t.Context())
	_ = p.acquire(t.Context())
	if n := p.waits.nanos.Load(); n < uint64(time.Millisecond) {
		t.Errorf("waited %d ns, want the whole millisecond", n)
	}
}

func TestAnswersGoOutBeforeARequestOfTheSameClientWaits(t *testing.T) {
	release := make(chan struct{})
	r := run(t, Config{Workers: 1}, func(s *Server) {
		cached(s)
		s.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { <-release })
	})
	nc := r.dial(t)
	br := bufio.NewReader(nc)
	io.WriteString(nc, "GET /hot HTTP/1.1\r\nHost: x\r\n\r\n")
	answer(t, br, "GET")
	// The second entry's check takes the only worker between the two answers.
	e := entry("second")
	e.Valid = func() bool { return r.pool.try() }
	r.cache.Put("/second", e)
	r.cache.get([]byte("/second"), time.Now()).checked.Store(0)
	io.WriteString(nc, strings.Repeat("GET /hot HTTP/1.1\r\nHost: x\r\n\r\n", 2)+"GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
	for range 2 {
		if _, body := answer(t, br, "GET"); body != "cached body" {
			t.Errorf("got %q", body)
		}
	}
	eventually(t, "the third waits", func() bool { _, queued := r.pool.load(); return queued == 1 })
	r.pool.release()
	if _, body := answer(t, br, "GET"); body != "second" {
		t.Errorf("got %q", body)
	}
	close(release)
}

func TestWhatNetHTTPRefusesIsCountedAndLogged(t *testing.T) {
	r := run(t, Config{}, cached)
	for raw, status := range map[string]string{
		"GET /hot HTTP/1.1\r\n\r\n": "400", "GET /hot HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 32<<10) +
			"\r\n\r\n": "431",
	} {
		nc := r.dial(t)
		go io.WriteString(nc, raw)
		resp, _ := answer(t, bufio.NewReader(nc), "GET")
		eventually(t, status+" is counted", func() bool { return r.count.codes[resp.StatusCode].Load() == 1 })
		eventually(t, status+" is logged", func() bool { return strings.Contains(r.log.String(), `"status":`+status) })
	}
}

func TestHijackedBytesAreLogged(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.Stream("/raw", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			nc, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			io.WriteString(nc, "12345")
			b := net.Buffers{[]byte("67"), []byte("89")}
			if n, err := nc.(interface {
				WriteBuffers(*net.Buffers) (int64, error)
			}).WriteBuffers(&b); n != 4 || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
			socket, ok := nc.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn)
			if !ok {
				t.Error("the socket is out of reach")
				return
			}
			io.WriteString(socket, "abc")
			nc.(interface{ Sent(int) }).Sent(3)
		}))
	})
	nc := r.dial(t)
	io.WriteString(nc, "GET /raw HTTP/1.1\r\nHost: x\r\n\r\n")
	if got, err := io.ReadAll(nc); string(got) != "123456789abc" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	eventually(t, "the bytes are logged", func() bool { return strings.Contains(r.log.String(), `"bytes":12,`) })
	if n := r.Stats().BytesSent; n != 12 {
		t.Errorf("%d bytes are counted", n)
	}
}

func TestClientThatDoesNotReadLosesItsWorker(t *testing.T) {
	ended := make(chan struct{})
	r := run(t, Config{Workers: 1}, func(s *Server) {
		s.stallTimeout, s.sweepEvery = 50*time.Millisecond, 10*time.Millisecond
		s.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			for err := error(nil); err == nil; {
				_, err = w.Write(make([]byte, 64<<10))
			}
		})
	})
	io.WriteString(r.dial(t), "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the worker is held for ever")
	}
	if n := r.count.stalled.Load(); n != 1 {
		t.Errorf("stalled = %d, want 1", n)
	}
}

func TestClientThatReadsSlowlyIsServed(t *testing.T) {
	r := run(t, Config{}, func(s *Server) {
		s.stallTimeout, s.sweepEvery = 500*time.Millisecond, 10*time.Millisecond
		s.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 8<<20)) })
	})
	nc := r.dial(t)
	_ = nc.(*net.TCPConn).SetReadBuffer(64 << 10)
	io.WriteString(nc, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	total, b := 0, make([]byte, 256<<10)
	for {
		n, err := nc.Read(b)
		total += n
		if err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond) // in all, longer than stallTimeout
	}
	if total < 8<<20 {
		t.Errorf("got %d bytes, want all 8 MiB", total)
	}
}
