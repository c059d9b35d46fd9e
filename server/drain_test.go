package server

import (
	"bufio"
	"io"
	"net"
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
	time.Sleep(2 * hotGrace) // the client is on a bad link
	io.WriteString(nc, "GET /cold HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, _ := answer(t, bufio.NewReader(nc), "GET"); resp.StatusCode != 200 {
		t.Errorf("status %d, want 200", resp.StatusCode)
	}
}
