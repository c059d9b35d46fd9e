//go:build linux || darwin

package client_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/supervisor/control"
	"github.com/ammarctl/ammarctl/supervisor/logs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine has one service, web, and ends its server on Down.
type engine struct {
	log *logs.Log
	end context.CancelFunc

	mu  sync.Mutex
	did []string
}

func (e *engine) do(what, name string) error {
	if name != "web" {
		return &api.Error{Code: api.CodeNoSuchService, Message: "there is no service " + name}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.did = append(e.did, what)
	return nil
}

func (e *engine) Info() api.Info                            { return api.Info{Instance: "test"} }
func (e *engine) Services() []api.Service                   { return []api.Service{{Name: "web", State: api.Ready}} }
func (e *engine) Subscribe() (<-chan struct{}, func())      { return nil, func() {} }
func (e *engine) Start(_ context.Context, n string) error   { return e.do("start", n) }
func (e *engine) Stop(_ context.Context, n string) error    { return e.do("stop", n) }
func (e *engine) Restart(_ context.Context, n string) error { return e.do("restart", n) }
func (e *engine) Remove(_ context.Context, n string) error  { return e.do("remove", n) }
func (e *engine) History(n, span string) ([]api.Span, error) {
	return []api.Span{{Name: span, StepSeconds: 1, Points: []api.Point{{Busy: 3}}}}, e.do("history", n)
}
func (e *engine) Settings(n string) ([]api.Setting, error) {
	return []api.Setting{{Key: "port", Value: "8080"}}, e.do("settings", n)
}
func (e *engine) Log(n string) (*logs.Log, error)                 { return e.log, e.do("log", n) }
func (e *engine) ReloadProgram(_ context.Context, n string) error { return e.do("reload", n) }
func (e *engine) Scale(_ context.Context, n string, _ api.ScaleRequest) (api.Reload, error) {
	return api.Reload{}, e.do("scale", n)
}
func (e *engine) Signal(_ context.Context, n string, r api.SignalRequest) error {
	return e.do("signal "+r.Signal, n)
}
func (e *engine) Down(bool) { e.end() }
func (e *engine) Share(_ context.Context, r api.ShareRequest) (api.Service, error) {
	return api.Service{Name: r.Name, Share: &api.Share{Path: r.Path}}, nil
}

func (e *engine) Run(_ context.Context, r api.RunRequest) (api.Service, error) {
	return api.Service{Name: r.Name, Transient: true}, nil
}

func (e *engine) Upgrade(_ context.Context, _ api.UpgradeRequest) error { return nil }

func (e *engine) Reload(_ context.Context, r api.ReloadRequest) (api.Reload, error) {
	return api.Reload{Config: r.Config, Changes: []api.Change{}}, nil
}

func start(t *testing.T) (*client.Client, *engine) {
	t.Helper()
	dir, err := os.MkdirTemp("", "cl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	log, err := logs.New(logs.Config{Service: "web", FIFO: filepath.Join(dir, "out"), File: filepath.Join(dir, "log")})
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	ln, err := control.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &engine{log: log, end: cancel}
	done := make(chan error, 1)
	go func() { done <- control.New(e).Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		log.Close()
	})
	return client.New(socket), e
}

func TestAskingAndMoving(t *testing.T) {
	c, e := start(t)
	ctx := t.Context()
	if info, err := c.Info(ctx); err != nil || info.Instance != "test" {
		t.Errorf("Info: %+v, %v", info, err)
	}
	if all, err := c.Services(ctx); err != nil || len(all) != 1 || all[0].Name != "web" {
		t.Errorf("Services: %+v, %v", all, err)
	}
	if h, err := c.History(ctx, "web", "1m"); err != nil || h.Service != "web" || len(h.Spans) != 1 || h.Spans[0].Name != "1m" || h.Spans[0].Points[0].Busy != 3 {
		t.Errorf("History: %+v, %v", h, err)
	}
	if s, err := c.Service(ctx, "web"); err != nil || s.State != api.Ready {
		t.Errorf("Service: %+v, %v", s, err)
	}
	if s, err := c.Snapshot(ctx); err != nil || s.Info.Instance != "test" || len(s.Services) != 1 || s.Time.IsZero() {
		t.Errorf("Snapshot: %+v, %v", s, err)
	}
	if s, err := c.Share(ctx, api.ShareRequest{Path: "/p", Name: "pics"}); err != nil || s.Name != "pics" || s.Share.Path != "/p" {
		t.Errorf("Share: %+v, %v", s, err)
	}
	for _, do := range []func(context.Context, string) error{c.Start, c.Restart, c.Stop, c.Unshare} {
		if err := do(ctx, "web"); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"history", "start", "restart", "stop", "remove"}; !slices.Equal(e.did, want) {
		t.Errorf("the engine did %v, want %v", e.did, want)
	}
}

func TestARefusalIsAnError(t *testing.T) {
	c, _ := start(t)
	var refused *api.Error
	if err := c.Start(t.Context(), "a/b c"); !errors.As(err, &refused) || refused.Code != api.CodeNoSuchService || refused.Message != "there is no service a/b c" {
		t.Errorf("got %v", err)
	}
	if err := c.Logs(t.Context(), client.LogQuery{Grep: "("}, nil); !errors.As(err, &refused) || refused.Code != api.CodeBadRequest {
		t.Errorf("got %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	_ = ln.Close()
	for _, socket := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "no", "folder"), stale} {
		_, err := client.New(socket).Info(t.Context())
		if !errors.Is(err, client.ErrNoInstance) || !strings.Contains(err.Error(), socket) || !strings.Contains(err.Error(), "ammarctl up -d") {
			t.Errorf("%s: %v", socket, err)
		}
	}
}

func TestAWatchEndsAsItsOwnerSays(t *testing.T) {
	c, e := start(t)
	enough := errors.New("enough")
	seen := 0
	err := c.Watch(t.Context(), func(s api.Snapshot) error {
		if seen++; seen == 2 {
			return enough
		}
		return nil
	})
	if err != enough || seen != 2 {
		t.Errorf("after %d snapshots: %v", seen, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = c.Watch(ctx, func(api.Snapshot) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled watch: %v", err)
	}
	err = c.Watch(t.Context(), func(api.Snapshot) error { e.end(); return nil })
	if err == nil || !strings.Contains(err.Error(), "ended the conversation") {
		t.Errorf("a supervisor that ends: %v", err)
	}
}

func TestLogsThenFollow(t *testing.T) {
	c, e := start(t)
	for _, msg := range []string{"one", "two", "three"} {
		e.log.Note(slog.LevelInfo, msg)
	}
	var got []string
	take := func(l api.LogLine) error { got = append(got, l.Msg); return nil }
	if err := c.Logs(t.Context(), client.LogQuery{Names: []string{"web"}, N: 2}, take); err != nil || !slices.Equal(got, []string{"two", "three"}) {
		t.Errorf("%v, %v", got, err)
	}
	got = nil
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := c.Logs(ctx, client.LogQuery{N: 1, Follow: true, Since: time.Hour}, func(l api.LogLine) error {
		_ = take(l)
		switch l.Msg {
		case "three":
			e.log.Note(slog.LevelInfo, "four")
		case "four":
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || !slices.Equal(got, []string{"three", "four"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDownReturnsWhenNobodyAnswers(t *testing.T) {
	c, _ := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Down(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(ctx); !errors.Is(err, client.ErrNoInstance) {
		t.Errorf("afterwards: %v", err)
	}
}
