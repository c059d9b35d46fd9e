package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// heldListener is a machine so busy that what was accepted comes late to the
// server: it waits until released is closed.
type heldListener struct {
	net.Listener
	accepted, released chan struct{}
}

func (l heldListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err == nil {
		close(l.accepted)
		<-l.released
	}
	return nc, err
}

func TestADrainWaitsForWhoWasJustAccepted(t *testing.T) {
	held := heldListener{accepted: make(chan struct{}), released: make(chan struct{})}
	r := run(t, Config{}, func(s *Server) {
		cached(s)
		if _, err := s.Listen(); err != nil {
			t.Fatal(err)
		}
		held.Listener = s.listeners[0]
		s.listeners[0] = held
	})
	nc := r.dial(t)
	io.WriteString(nc, "GET /cold HTTP/1.1\r\nHost: x\r\n\r\n")
	<-held.accepted
	ended := make(chan error, 1)
	go func() { ended <- r.stop() }()
	eventually(t, "the drain has begun", r.draining.Load)
	select {
	case <-ended:
		t.Fatal("the server has ended before a connection that it had accepted")
	case <-time.After(50 * time.Millisecond):
	}
	close(held.released)
	if resp, _ := answer(t, bufio.NewReader(nc), "GET"); resp.StatusCode != 200 {
		t.Errorf("status %d, want 200", resp.StatusCode)
	}
	<-ended
}

func TestADrainWaitsForTheFirstRequestOfAConnection(t *testing.T) {
	r := run(t, Config{}, cached)
	nc := r.dial(t)
	eventually(t, "it is accepted", func() bool { return !r.conns.empty() })
	go r.stop()
	eventually(t, "the drain has begun", r.draining.Load)
	time.Sleep(hotGrace + hotGrace/4) // the client is on a bad link
	io.WriteString(nc, "GET /cold HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, _ := answer(t, bufio.NewReader(nc), "GET"); resp.StatusCode != 200 {
		t.Errorf("status %d, want 200", resp.StatusCode)
	}
}

// A client that is being answered when a drain begins learns that this is the last
// answer. If the header is already sent, the server waits for its next request.
func TestADrainLosesNobodyWhoIsBeingAnswered(t *testing.T) {
	for _, target := range []string{"/silent", "/begun"} {
		started, release := make(chan struct{}), make(chan struct{})
		wait := func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/begun" {
				_ = http.NewResponseController(w).Flush()
			}
			close(started)
			<-release
			io.WriteString(w, "done")
		}
		r := run(t, Config{}, func(s *Server) {
			cached(s)
			s.HandleFunc("/silent", wait)
			s.HandleFunc("/begun", wait)
		})
		nc := r.dial(t)
		br := bufio.NewReader(nc)
		io.WriteString(nc, "POST "+target+" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"+
			"GET /cold HTTP/1.1\r\nHost: x\r\n\r\n")
		<-started
		ended := make(chan error, 1)
		go func() { ended <- r.stop() }()
		eventually(t, "the drain has begun", r.draining.Load)
		close(release)
		resp, body := answer(t, br, "POST")
		if body != "done" || resp.Close != (target == "/silent") {
			t.Errorf("%s: %q, close %v", target, body, resp.Close)
		}
		if !resp.Close {
			if resp, body := answer(t, br, "GET"); body != "cold body" || !resp.Close {
				t.Errorf("%s, then: %q, close %v", target, body, resp.Close)
			}
		}
		nc.Close()
		<-ended
	}
}

// A request that has arrived when the drain reaches its connection is answered, even
// if the machine was too busy to read it.
func TestADrainAnswersWhatHasComeAndNobodyHasRead(t *testing.T) {
	r := run(t, Config{}, cached)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_ = client.SetDeadline(time.Now().Add(20 * time.Second))
	nc, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := &conn{Conn: nc, srv: r.Server, remote: nc.RemoteAddr().String(), idle: newIdleReader(nc, r.buffers)}
	if c.idle == nil {
		t.Skip("what has come cannot be seen on this system")
	}
	c.client = r.clients.enter(addrOf(nc), time.Now())
	c.requestCount.Store(1) // it has been served, long ago
	r.conns.add(c)
	io.WriteString(client, "GET /cold HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "it has come", c.idle.unread)
	go r.stop()
	eventually(t, "the drain has got to it", c.closing.Load)
	c.begin()
	if resp, body := answer(t, bufio.NewReader(client), "GET"); body != "cold body" || !resp.Close {
		t.Errorf("%q, close %v", body, resp.Close)
	}
}
