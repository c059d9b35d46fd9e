package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/wake"
)

func TestDrainFinishesWhatRuns(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	r := run(t, Config{}, func(s *Server) {
		cached(s)
		s.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-release
			io.WriteString(w, "finished")
		})
		s.Stream("/stream", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}))
	})
	slow, stream, idle, hot := r.dial(t), r.dial(t), r.dial(t), r.dial(t)
	io.WriteString(idle, "GET /ho")
	io.WriteString(slow, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	io.WriteString(stream, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
	io.WriteString(hot, "GET /hot HTTP/1.1\r\nHost: x\r\n\r\n")
	hotReader := bufio.NewReader(hot)
	answer(t, hotReader, "GET")
	<-entered
	eventually(t, "the stream runs", func() bool { return r.count.streams.Load() == 1 })
	ended := make(chan error, 1)
	go func() { ended <- r.stop() }()
	eventually(t, "the drain has begun", r.draining.Load)
	io.WriteString(hot, "GET /hot HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, body := answer(t, hotReader, "GET"); !resp.Close || body != "cached body" {
		t.Errorf("a request just after the stop: %q, close %v; want its answer and a close", body, resp.Close)
	}
	if _, err := io.ReadAll(idle); err != nil {
		t.Errorf("the idle connection: %v, want its end", err)
	}
	eventually(t, "the stream has ended", func() bool { return r.count.streams.Load() == 0 })
	select {
	case <-ended:
		t.Fatal("Serve returned while a request ran")
	default:
	}
	close(release)
	if _, body := answer(t, bufio.NewReader(slow), "GET"); body != "finished" {
		t.Errorf("the running request got %q", body)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if _, err := net.DialTimeout("tcp", r.addr, time.Second); err == nil {
		t.Error("the port still accepts")
	}
}

// TestDrainLosesNoRequest lets clients send one request after the other until an
// answer tells them to close. A connection that closes without that loses a request.
func TestDrainLosesNoRequest(t *testing.T) {
	r := run(t, Config{}, cached)
	var clients sync.WaitGroup
	for i := range 8 {
		path := []string{"/hot", "/cold"}[i%2]
		nc := r.dial(t)
		clients.Go(func() {
			br := bufio.NewReader(nc)
			for n := 0; ; n++ {
				io.WriteString(nc, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
				resp, err := http.ReadResponse(br, nil)
				if err != nil {
					t.Errorf("%s: request %d is lost: %v", path, n, err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				if resp.Close {
					return
				}
			}
		})
	}
	eventually(t, "the clients are busy", func() bool { return r.count.codes[200].Load() > 1000 })
	r.stop()
	clients.Wait()
}

func TestDrainIsBounded(t *testing.T) {
	entered := make(chan struct{})
	r := run(t, Config{DrainTimeout: 50 * time.Millisecond}, func(s *Server) {
		s.HandleFunc("/stuck", func(w http.ResponseWriter, r *http.Request) { close(entered); <-r.Context().Done() })
	})
	io.WriteString(r.dial(t), "GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	if err := r.stop(); err != nil {
		t.Errorf("Serve = %v", err)
	}
	if !strings.Contains(r.log.String(), "cut off") {
		t.Errorf("the log does not say that requests were cut off: %s", r.log)
	}
}

func TestPanicAnswers500AndNothingElse(t *testing.T) {
	r := run(t, Config{Workers: 1}, func(s *Server) {
		s.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("broken glass") })
		s.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
			panic("too late")
		})
		s.HandleFunc("/ok", text("ok"))
	})
	for range 3 {
		if resp, _ := r.get(t, "/panic"); resp.StatusCode != 500 {
			t.Errorf("status %d, want 500", resp.StatusCode)
		}
		nc := r.dial(t)
		io.WriteString(nc, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
		if resp, err := http.ReadResponse(bufio.NewReader(nc), nil); err == nil {
			if _, err := io.ReadAll(resp.Body); err == nil {
				t.Error("half an answer looks whole to the client")
			}
		}
		if resp, body := r.get(t, "/ok"); resp.StatusCode != 200 || body != "ok" {
			t.Errorf("after a panic: %d %q", resp.StatusCode, body)
		}
	}
	r.stop()
	if log := r.log.String(); !strings.Contains(log, "broken glass") || !strings.Contains(log, "serve_test.go") {
		t.Errorf("the log lacks the panic or its stack: %s", log)
	}
}

func TestEachRequestIsOneLineOfJSON(t *testing.T) {
	r := run(t, Config{}, cached)
	for _, target := range []string{"/hot", "/cold", "/%22%0a\x7f\xff\xc2\x9b31m", "/\u2028é\\"} {
		nc := r.dial(t)
		io.WriteString(nc, "GET "+target+" HTTP/1.1\r\nHost: x\r\nX-Request-Id: a-b\r\nConnection: close\r\n\r\n")
		io.Copy(io.Discard, nc)
	}
	r.stop()
	paths := map[string]map[string]any{}
	for _, line := range lines(r.log.String()) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("not JSON: %v: %s", err, line)
		}
		if _, err := time.Parse(time.RFC3339, event["time"].(string)); err != nil {
			t.Errorf("time: %v", err)
		}
		if event["msg"] == "request" {
			paths[event["path"].(string)] = event
		}
		for _, c := range line {
			if c < ' ' || c >= 0x7f && c < 0xa0 {
				t.Errorf("a control character reaches the log: %q", line)
			}
		}
	}
	for path, want := range map[string]float64{"/hot": 11, "/cold": 9, "/\u2028é\\": 19} {
		e := paths[path]
		if e == nil || e["bytes"] != want || e["id"] != "a-b" || e["method"] != "GET" || e["remote"] == "" {
			t.Errorf("%s: %v, want %v bytes and the id", path, e, want)
		}
	}
}

func TestLogNeverBlocksARequest(t *testing.T) {
	blocked, free := wake.New(), make(chan struct{})
	w := newLogWriter(writerFunc(func(p []byte) (int, error) { blocked.Set(); <-free; return len(p), nil }))
	finish := w.start()
	_, _ = w.Write([]byte("first\n"))
	<-blocked
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for range 2 * logLimit / len(line) {
		w.add(line)
	}
	if got, want := w.dropped.Load(), uint64(logLimit/len(line)); got != want {
		t.Errorf("dropped %d lines, want %d", got, want)
	}
	close(free)
	finish()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestControlSocketAgreesWithWhatHappened(t *testing.T) {
	dir, err := os.MkdirTemp("", "ammar") // short: a socket's path has a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	t.Setenv(contract.Control, path)
	var sick error
	r := run(t, Config{Workers: 7, Queue: 9}, func(s *Server) {
		cached(s)
		s.Health("disk", func(context.Context) error { return sick })
	})
	for range 3 {
		r.get(t, "/hot")
		r.get(t, "/cold")
		r.get(t, "/none")
	}
	eventually(t, "the connections are closed", func() bool { return r.count.connections.Load() == 0 })
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}}
	ask := func(target string) (int, string) {
		resp, err := client.Get("http://service" + target)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	_, metrics := ask("/metrics")
	for _, want := range []string{
		contract.MetricRequests + `{code="200"} 6`, contract.MetricRequests + `{code="404"} 3`,
		contract.MetricRequestSeconds + "_count 9", contract.MetricConnections + " 0", contract.MetricStreams + " 0",
		contract.MetricPoolWorkers + " 7", contract.MetricPoolQueueLimit + " 9", contract.MetricPoolBusy + " 0",
		contract.MetricPoolQueued + " 0", contract.MetricPoolRejected + " 0", contract.MetricLogDropped + " 0",
		contract.MetricBytesSent,
	} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("the metrics lack %q:\n%s", want, metrics)
		}
	}
	if code, body := ask("/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("healthz = %d %q, want 200 ok", code, body)
	}
	sick = errors.New("full")
	if code, body := ask("/healthz"); code != 503 || body != "disk: full\n" {
		t.Errorf("healthz = %d %q, want 503 and why", code, body)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v; want 0600", info, err)
	}
	r.stop()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the control socket is left behind: %v", err)
	}
}

// TestFilesKeepSendfile: net/http hands a file to the connection's ReadFrom,
// through our response and our connection.
func TestFilesKeepSendfile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(name, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	reached := make(chan string, 8)
	r := run(t, Config{}, func(s *Server) {
		s.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) })
	})
	a, b := net.Pipe()
	defer a.Close()
	c := &conn{client: newClientList().other, Conn: spy{b, reached}, srv: r.Server, remote: "pipe"}
	r.conns.add(c)
	done := make(chan struct{})
	go func() { defer close(done); c.begin() }()
	io.WriteString(a, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if _, body := answer(t, bufio.NewReader(a), "GET"); len(body) != 1<<20 {
		t.Errorf("%d bytes, want 1 MiB", len(body))
	}
	<-done
	if got := <-reached; got != "*io.LimitedReader" {
		t.Errorf("ReadFrom got a %s, want net/http's limited file", got)
	}
}

func TestTakenPortSaysWhoHoldsIt(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = New(Config{Port: ln.Addr().(*net.TCPAddr).Port}).Listen()
	var taken *PortInUseError
	if !errors.As(err, &taken) {
		t.Fatalf("Listen = %v, want a PortInUseError", err)
	}
	if runtime.GOOS == "linux" && (!taken.Known || taken.Holder.PID != os.Getpid()) {
		t.Errorf("holder = %+v, want this process", taken.Holder)
	}
	if !strings.Contains(err.Error(), "stop it or choose another --port") {
		t.Errorf("the error does not say what to do: %v", err)
	}
}

func TestReadinessIsSaidUntilSomebodyListens(t *testing.T) {
	dir, err := os.MkdirTemp("", "ammar")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "n")
	t.Setenv(contract.NotifySocket, path)
	r := run(t, Config{}, nil)
	eventually(t, "it has been said to nobody", func() bool {
		return strings.Contains(r.log.String(), "cannot tell the supervisor")
	})
	pc, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Skipf("no datagram sockets here: %v", err)
	}
	defer pc.Close()
	b := make([]byte, 200)
	_ = pc.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, _, err := pc.ReadFrom(b); err != nil || string(b[:n]) != "READY=1" {
		t.Errorf("told %q, %v", b[:n], err)
	}
}

func TestNotifiesTheSupervisor(t *testing.T) {
	dir, err := os.MkdirTemp("", "ammar")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	pc, err := net.ListenPacket("unixgram", filepath.Join(dir, "n"))
	if err != nil {
		t.Skipf("no datagram sockets here: %v", err)
	}
	defer pc.Close()
	t.Setenv(contract.NotifySocket, filepath.Join(dir, "n"))
	r := run(t, Config{}, nil)
	expect := func(want string) {
		t.Helper()
		b := make([]byte, 200)
		_ = pc.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, _, err := pc.ReadFrom(b)
		if err != nil || string(b[:n]) != want {
			t.Errorf("told %q, %v; want %q", b[:n], err, want)
		}
	}
	expect("READY=1")
	r.Status("two\nlines")
	expect("STATUS=two lines")
	r.stop()
	expect("STOPPING=1")
}
