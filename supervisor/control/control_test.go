//go:build unix

package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/supervisor/api"
	kept "github.com/ammarctl/ammarctl/supervisor/history"
	"github.com/ammarctl/ammarctl/supervisor/logs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeEngine is an engine of fixed services whose operations wait for gate.
type fakeEngine struct {
	mu    sync.Mutex
	logs  map[string]*logs.Log
	names []string
	did   []string
	gate  chan struct{} // nil: at once
	wake  chan struct{}
	down  chan struct{}
}

func newFakeEngine(t *testing.T, names ...string) *fakeEngine {
	t.Helper()
	e := &fakeEngine{names: names, logs: map[string]*logs.Log{}, wake: make(chan struct{}, 1), down: make(chan struct{}, 1)}
	dir := t.TempDir()
	for i, name := range names {
		path := filepath.Join(dir, strconv.Itoa(i))
		l, err := logs.New(logs.Config{Service: name, FIFO: path, File: path + ".log", RingBytes: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.Close)
		e.logs[name] = l
	}
	return e
}

func (e *fakeEngine) Info() api.Info { return api.Info{Instance: "test"} }

func (e *fakeEngine) Services() (all []api.Service) {
	for _, name := range e.names {
		all = append(all, api.Service{Name: name, State: api.Ready})
	}
	return all
}

func (e *fakeEngine) Subscribe() (<-chan struct{}, func()) { return e.wake, func() {} }

func (e *fakeEngine) do(ctx context.Context, what, name string) error {
	if _, err := e.Log(name); err != nil {
		return err
	}
	if e.gate != nil {
		select {
		case <-e.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.did = append(e.did, what+" "+name)
	return nil
}

func (e *fakeEngine) done() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.did, ", ")
}

func (e *fakeEngine) Upgrade(_ context.Context, _ api.UpgradeRequest) error { return nil }

func (e *fakeEngine) Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error) {
	return api.Reload{Config: req.Config, Applied: !req.DryRun, Changes: []api.Change{}}, e.do(ctx, "reload", "")
}
func (e *fakeEngine) Start(ctx context.Context, n string) error   { return e.do(ctx, "start", n) }
func (e *fakeEngine) Stop(ctx context.Context, n string) error    { return e.do(ctx, "stop", n) }
func (e *fakeEngine) Restart(ctx context.Context, n string) error { return e.do(ctx, "restart", n) }
func (e *fakeEngine) Remove(ctx context.Context, n string) error  { return e.do(ctx, "remove", n) }
func (e *fakeEngine) Down(bool)                                   { e.down <- struct{}{} }
func (e *fakeEngine) ReloadProgram(ctx context.Context, n string) error {
	return e.do(ctx, "reload", n)
}
func (e *fakeEngine) Scale(ctx context.Context, n string, _ api.ScaleRequest) (api.Reload, error) {
	return api.Reload{}, e.do(ctx, "scale", n)
}
func (e *fakeEngine) Signal(ctx context.Context, n string, req api.SignalRequest) error {
	return e.do(ctx, "signal "+req.Signal, n)
}

func (e *fakeEngine) Run(_ context.Context, r api.RunRequest) (api.Service, error) {
	return api.Service{Name: r.Name, Transient: true}, nil
}
func (e *fakeEngine) Share(_ context.Context, r api.ShareRequest) (api.Service, error) {
	if r.Path == "/taken" {
		return api.Service{}, &api.Error{Code: api.CodeConflict, Message: "it is shared already"}
	}
	return api.Service{Name: "share", Share: &api.Share{Path: r.Path}}, nil
}

func (e *fakeEngine) History(name, span string) ([]api.Span, error) {
	if name != "web" {
		return nil, &api.Error{Code: api.CodeNoSuchService, Message: "there is no service " + name}
	}
	return new(kept.History).Spans(span, time.Now())
}

func (e *fakeEngine) Settings(name string) ([]api.Setting, error) {
	_, err := e.Log(name)
	return []api.Setting{{Key: "port", Value: "8080"}}, err
}

func (e *fakeEngine) Log(name string) (*logs.Log, error) {
	if l, ok := e.logs[name]; ok {
		return l, nil
	}
	return nil, &api.Error{Code: api.CodeNoSuchService, Message: fmt.Sprintf("there is no service %q", name)}
}

// serve serves e and returns the socket's path.
func serve(t *testing.T, s *Server) string {
	t.Helper()
	socket := filepath.Join(privateDir(t), "s")
	ln, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return socket
}

// privateDir has a short name: a socket's path fits in 100 bytes.
func privateDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// ask sends one request and returns the status and the body.
func ask(t *testing.T, socket, method, path, body string, header ...string) (int, string) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n", method, path, len(body))
	for _, h := range header {
		fmt.Fprintf(conn, "%s\r\n", h)
	}
	fmt.Fprintf(conn, "\r\n%s", body)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestAnswers(t *testing.T) {
	e := newFakeEngine(t, "web", "cam/1")
	socket := serve(t, New(e))
	for _, c := range []struct {
		method, path, body string
		header             string
		status             int
		contains           string
	}{
		{"GET", "/v1/info", "", "", 200, `"instance":"test"`},
		{"GET", "/v1/services", "", "", 200, `[{"name":"web"`},
		{"GET", "/v1/services/cam%2F1", "", "", 200, `"name":"cam/1"`},
		{"GET", "/v1/services/none", "", "", 404, `"code":"no-such-service"`},
		{"GET", "/v1/snapshot", "", "", 200, `"services":[`},
		{"GET", "/v1/services/web/history?span=15m", "", "", 200, `{"service":"web","spans":[{"span":"15m","step_seconds":15,"points":[]}]}`},
		{"GET", "/v1/services/web/history?span=2d", "", "", 400, "expected span=1m, 15m or 1h"},
		{"GET", "/v1/services/none/history", "", "", 404, "no-such-service"},
		{"GET", "/v1/services/web/config", "", "", 200, `[{"key":"port","value":"8080","default":false}]`},
		{"GET", "/v1/services/none/config", "", "", 404, "no-such-service"},
		{"GET", "/v1/metrics", "", "", 200, "go_goroutines"},
		{"GET", "/v1/pprof/heap?debug=1", "", "", 200, "heap profile"},
		{"GET", "/v1/pprof/profile?seconds=0", "", "", 200, ""},
		{"GET", "/v1/pprof/profile?seconds=99", "", "", 400, "from 0 to 60"},
		{"GET", "/v1/pprof/none", "", "", 404, "no profile"},
		{"POST", "/v1/services/web/start", "", "", 200, `{}`},
		{"POST", "/v1/services/cam%2F1/stop", "", "", 200, `{}`},
		{"POST", "/v1/services/none/restart", "", "", 404, `there is no service`},
		{"DELETE", "/v1/services/web", "", "", 200, `{}`},
		{"POST", "/v1/shares", `{"path":"/p","port":0}`, "", 200, `"path":"/p"`},
		{"POST", "/v1/shares", `{"path":"/taken"}`, "", 409, `"code":"conflict"`},
		{"POST", "/v1/shares", `{"pat":"/p"}`, "", 400, `unknown field \"pat\"; expected path, `},
		{"POST", "/v1/shares", `{"path":7}`, "", 400, `path: expected text, got number`},
		{"POST", "/v1/shares", `{"path":"/p","port":"x"}`, "", 400, `port: expected a whole number`},
		{"POST", "/v1/shares", `[]`, "", 400, `expected a JSON object, got array`},
		{"POST", "/v1/shares", `{"path":`, "", 400, `it ends before that`},
		{"POST", "/v1/shares", `path=/p`, "", 400, `expected JSON, and byte 1 is none`},
		{"POST", "/v1/reload", ``, "", 400, `expected a JSON object, got nothing; {} asks`},
		{"GET", "/v1/services?sort=name", "", "", 400, `takes no parameters, got \"sort\"`},
		{"GET", "/v1/services/web/history?spam=1m", "", "", 400, `has no parameter \"spam\"; expected span`},
		{"GET", "/v1/services/none", "", "", 404, `no service is called \"none\"; there are: `},
		{"POST", "/v1/shares", `{"path":"/p"}{}`, "", 400, `one JSON value`},
		{"POST", "/v1/shares", `{"path":"` + strings.Repeat("x", maxBody) + `"}`, "", 413, `too large: expected 65536 bytes at most`},
		{"GET", "/v1/logs?n=x", "", "", 400, `n: expected a number`},
		{"GET", "/v1/logs?since=5", "", "", 400, `since: expected a duration`},
		{"GET", "/v1/logs?grep=(", "", "", 400, `grep: `},
		{"GET", "/v1/logs?nam=web", "", "", 400, `no parameter`},
		{"GET", "/v1/logs?name=none", "", "", 404, `there is no service`},
		{"GET", "/v1/info", "", "Origin:http://evil.example", 403, `"code":"forbidden"`},
		{"PUT", "/v1/info", "", "", 405, `expects GET`},
		{"GET", "/v2", "", "", 404, `"code":"not-found"`},
	} {
		status, body := ask(t, socket, c.method, c.path, c.body, strings.Fields(c.header)...)
		if status != c.status || !strings.Contains(body, c.contains) {
			t.Errorf("%s %.60s: %d %s, want %d with %s", c.method, c.path, status, body, c.status, c.contains)
		}
		if status/100 != 2 {
			var e api.Error
			if json.Unmarshal([]byte(body), &e) != nil || e.Code == "" || e.Message == "" {
				t.Errorf("%s %.60s: %s is not an api.Error", c.method, c.path, body)
			}
		}
	}
	if got, want := e.done(), "start web, stop cam/1, remove web"; got != want {
		t.Errorf("the engine did %q, want %q", got, want)
	}
}

func TestDownIsAnsweredFirst(t *testing.T) {
	e := newFakeEngine(t)
	if status, _ := ask(t, serve(t, New(e)), "POST", "/v1/down", ""); status != http.StatusAccepted {
		t.Errorf("status %d", status)
	}
	<-e.down
}

func TestAnOperationGoesOnWhenItsClientLeaves(t *testing.T) {
	e := newFakeEngine(t, "web")
	e.gate = make(chan struct{})
	socket := serve(t, New(e))
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /v1/services/web/restart HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	ask(t, socket, "GET", "/v1/info", "") // the first request is being served, or about to be
	e.gate <- struct{}{}                  // it is inside the engine now, and goes on …
	_ = conn.Close()
	within(t, func() bool { return e.done() == "restart web" })

	conn, err = net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /v1/services/web/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	time.Sleep(20 * time.Millisecond) // … and also when the client has left before
	_ = conn.Close()
	time.Sleep(20 * time.Millisecond)
	close(e.gate)
	within(t, func() bool { return e.done() == "restart web, stop web" })
}

func within(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within 5 s")
		}
	}
}

// open begins a streamed answer and returns its decoder.
func open(t *testing.T, socket, path string) *json.Decoder {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 {
		t.Fatalf("%s: %s", path, res.Status)
	}
	return json.NewDecoder(res.Body)
}

func TestAWatchComesAtOnceOnChangeAndEverySecond(t *testing.T) {
	e := newFakeEngine(t, "web")
	dec := open(t, serve(t, New(e)), "/v1/watch")
	var times []time.Time
	begun := time.Now()
	for i := range 4 {
		if i == 1 || i == 2 {
			e.wake <- struct{}{}
		}
		var s api.Snapshot
		if err := dec.Decode(&s); err != nil {
			t.Fatal(err)
		}
		times = append(times, time.Now())
	}
	if d := times[0].Sub(begun); d > 500*time.Millisecond {
		t.Errorf("the first came after %v", d)
	}
	if d := times[2].Sub(times[1]); d < minGap*9/10 || d > 700*time.Millisecond {
		t.Errorf("a change came after %v, want %v", d, minGap)
	}
	if d := times[3].Sub(times[2]); d < 700*time.Millisecond {
		t.Errorf("without a change one came after %v, want %v", d, maxGap)
	}
}

func TestAWatcherThatReadsNothingIsDropped(t *testing.T) {
	e := newFakeEngine(t)
	for range 3000 { // snapshots that fill the socket's buffer at once
		e.names = append(e.names, strings.Repeat("n", 50))
	}
	s := New(e)
	s.stall = 200 * time.Millisecond
	socket := serve(t, s)
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /v1/watch HTTP/1.1\r\nHost: x\r\n\r\n")
	if status, _ := ask(t, socket, "GET", "/v1/info", ""); status != 200 {
		t.Errorf("others get %d meanwhile", status)
	}
	time.Sleep(2 * time.Second)
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("it is still served")
	}
}

func TestLogsAreMergedInTheOrderOfTime(t *testing.T) {
	e := newFakeEngine(t, "a", "b")
	for i := range 20 {
		e.logs[string("ab"[i%2])].Note(slog.LevelInfo, fmt.Sprintf("event %02d", i))
	}
	socket := serve(t, New(e))
	for path, want := range map[string]string{
		"/v1/logs?n=3":                        "b.event 17 a.event 18 b.event 19",
		"/v1/logs?name=b&n=2":                 "b.event 17 b.event 19",
		"/v1/logs?grep=event+0[45]":           "a.event 04 b.event 05",
		"/v1/logs?grep=event+.0&n=1":          "a.event 10",
		"/v1/logs?n=0":                        "",
		"/v1/logs?since=1h&name=a&n=1":        "a.event 18",
		"/v1/logs?since=1ns&name=a":           "",
		"/v1/logs?name=a&name=a&n=1":          "a.event 18",
		"/v1/logs?since=1h&n=2&grep=event+01": "b.event 01",
	} {
		_, body := ask(t, socket, "GET", path, "")
		var got []string
		for dec := json.NewDecoder(strings.NewReader(body)); ; {
			var l api.LogLine
			if dec.Decode(&l) != nil {
				break
			}
			got = append(got, l.Service+"."+l.Msg)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
}

func TestAFollowerSeesEveryLineOnceInOrder(t *testing.T) {
	e := newFakeEngine(t, "a", "b")
	e.logs["a"].Note(slog.LevelInfo, "before")
	dec := open(t, serve(t, New(e)), "/v1/logs?follow=1&n=1")
	go func() {
		for i := range 500 {
			e.logs[string("ab"[i%2])].Note(slog.LevelInfo, fmt.Sprint(i))
		}
	}()
	next := map[string]uint64{"a": 1, "b": 1}
	for range 501 {
		var l api.LogLine
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		if l.Seq != next[l.Service] {
			t.Fatalf("%s: line %d, want %d", l.Service, l.Seq, next[l.Service])
		}
		next[l.Service]++
	}
}

func TestAStalledFollowerDelaysNobodyAndIsToldWhatItLost(t *testing.T) {
	e := newFakeEngine(t, "web")
	dec := open(t, serve(t, New(e)), "/v1/logs?follow=1&n=0")
	text := strings.Repeat("x", 4000)
	begun := time.Now()
	for range 2000 { // 8 MB: more than the socket holds, and 100 times the ring
		e.logs["web"].Note(slog.LevelInfo, text)
		time.Sleep(100 * time.Microsecond)
	}
	if d := time.Since(begun); d > 10*time.Second {
		t.Errorf("the log took %v", d)
	}
	e.logs["web"].Note(slog.LevelInfo, "the end")
	lost, last := false, uint64(0)
	for {
		var l api.LogLine
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(l.Msg, "lines were dropped") {
			var n uint64
			if _, err := fmt.Sscanf(l.Msg, "… %d lines", &n); err != nil || l.Seq != last+n {
				t.Errorf("%q at %d, after line %d", l.Msg, l.Seq, last)
			}
			lost = true
		} else if l.Seq != last+1 {
			t.Fatalf("line %d after %d, and nobody says so", l.Seq, last)
		}
		last = l.Seq
		if l.Msg == "the end" {
			break
		}
	}
	if !lost {
		t.Error("nothing was lost: the follower did not stall")
	}
}
