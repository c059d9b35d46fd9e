package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// safeBuffer is a log that a test reads while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// rig is a running server.
type rig struct {
	*Server
	addr string
	log  *safeBuffer
	stop func() error // ends it and waits; safe to call again
}

// run starts a server that setup has given its handlers.
func run(t testing.TB, cfg Config, setup func(*Server)) *rig {
	t.Helper()
	r := &rig{log: new(safeBuffer)}
	cfg.Log = r.log
	r.Server = New(cfg)
	if setup != nil {
		setup(r.Server)
	}
	addr, err := r.Listen()
	if err != nil {
		t.Fatal(err)
	}
	r.addr = addr.String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.Serve(ctx) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-served:
			return err
		case <-time.After(20 * time.Second):
			t.Error("the server did not end")
			return nil
		}
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
	})
	return r
}

func (r *rig) dial(t testing.TB) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = nc.SetDeadline(time.Now().Add(15 * time.Second))
	t.Cleanup(func() { nc.Close() })
	return nc
}

// answer reads one response with its body.
func answer(t testing.TB, br *bufio.Reader, method string) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(br, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("half an answer: %v", err)
	}
	return resp, string(body)
}

// get sends one GET with its own connection.
func (r *rig) get(t testing.TB, path string) (*http.Response, string) {
	t.Helper()
	nc := r.dial(t)
	defer nc.Close()
	io.WriteString(nc, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	return answer(t, bufio.NewReader(nc), "GET")
}

// eventually polls until ok says yes.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s) }
}

func entry(body string) Entry {
	return Entry{ContentType: "text/plain; charset=utf-8", ETag: `"e1"`, Body: []byte(body),
		ModTime: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Header: http.Header{"Cache-Control": {"no-cache"}}}
}

func lines(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") }
