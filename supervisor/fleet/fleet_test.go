package fleet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/supervisor/fleet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// machine is a supervisor of another machine, of which no more is there than
// what a test asks.
type machine struct {
	*httptest.Server
	name    string
	asked   atomic.Value // the last request
	lost    atomic.Bool  // nobody can be reached
	silent  atomic.Bool  // it takes requests and answers nothing
	garbage atomic.Bool
}

func start(t *testing.T, name string) *machine {
	t.Helper()
	m := &machine{name: name}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *machine) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if m.lost.Load() {
		return nil, fmt.Errorf("cannot reach %s: no route to host", m.name)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", m.Listener.Addr().String())
}

func (m *machine) member() fleet.Member {
	return fleet.Member{Name: m.name, Client: client.Over(m.name, m.dial)}
}

func (m *machine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.asked.Store(r.Method + " " + r.URL.Path)
	s := api.Snapshot{
		Time: time.Now(), Info: api.Info{Hosts: []string{"10.0.0.7"}},
		Services: []api.Service{{Name: "files", State: api.Ready, Addr: "[::]:8080", RequestsPerSecond: 3}},
	}
	switch {
	case m.silent.Load():
		<-r.Context().Done()
	case m.garbage.Load():
		_, _ = io.Copy(w, strings.NewReader(strings.Repeat(`{"services":[[[`, 1000)))
	case r.URL.Path == "/v1/watch":
		for r.Context().Err() == nil && !m.lost.Load() && !m.silent.Load() {
			_ = json.NewEncoder(w).Encode(s)
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
		if m.silent.Load() {
			<-r.Context().Done()
		}
	case r.URL.Path == "/v1/snapshot":
		_ = json.NewEncoder(w).Encode(s)
	case r.URL.Path == "/v1/logs":
		for i := range 3 {
			_ = json.NewEncoder(w).Encode(api.LogLine{Service: "files", Time: time.Unix(int64(100*i+len(m.name)), 0),
				Msg: m.name})
		}
	default:
		_ = json.NewEncoder(w).Encode(struct{}{})
	}
}

func names(list []api.Service) string {
	var all []string
	for _, s := range list {
		name := s.Name
		if s.Lost {
			name += "?"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func TestServicesOfSeveralMachinesHaveTheirMachinesName(t *testing.T) {
	here, pi := start(t, ""), start(t, "pi")
	f := fleet.New(here.member(), pi.member())
	list, err := f.Services(t.Context())
	if err != nil || names(list) != "files pi/files" {
		t.Fatalf("%s, %v", names(list), err)
	}
	if list[1].Host != "pi" || list[1].Addr != "10.0.0.7:8080" || list[0].Addr != "[::]:8080" {
		t.Errorf("where they are: %+v", list)
	}
	if err := f.Restart(t.Context(), "pi/files"); err != nil || pi.asked.Load() != "POST /v1/services/files/restart" {
		t.Errorf("restart: %v, asked %v", err, pi.asked.Load())
	}
	if _, err := f.History(t.Context(), "pi/files", "1m"); err != nil ||
		pi.asked.Load() != "GET /v1/services/files/history" {
		t.Errorf("history: %v, asked %v", err, pi.asked.Load())
	}
	var refused *api.Error
	if err := f.Stop(t.Context(), "moon/files"); !errors.As(err, &refused) || refused.Code != api.CodeNoSuchService {
		t.Errorf("a machine that is not one of them: %v", err)
	}
	if here.asked.Load() != "GET /v1/snapshot" {
		t.Errorf("this machine was asked %v", here.asked.Load())
	}
}

func TestAMachineThatDoesNotAnswerIsNamedBesideTheOthers(t *testing.T) {
	pi, nano := start(t, "pi"), start(t, "nano")
	nano.lost.Store(true)
	list, err := fleet.New(pi.member(), nano.member()).Services(t.Context())
	if names(list) != "pi/files" || err == nil || err.Error() != "cannot reach nano: no route to host" {
		t.Errorf("%s, %v", names(list), err)
	}
	nano.lost.Store(false)
	nano.garbage.Store(true)
	list, err = fleet.New(pi.member(), nano.member()).Services(t.Context())
	if names(list) != "pi/files" || err == nil || !strings.Contains(err.Error(), "nano") {
		t.Errorf("with garbage: %s, %v", names(list), err)
	}
}

// watch waits until the fleet is shown as want.
func watch(t *testing.T, shown <-chan api.Snapshot, want string) api.Snapshot {
	t.Helper()
	deadline := time.After(30 * time.Second)
	last := ""
	for {
		select {
		case s := <-shown:
			if last = names(s.Services); last == want {
				return s
			}
		case <-deadline:
			t.Fatalf("shown last: %s, want %s", last, want)
		}
	}
}

func TestALostMachineIsShownAsItWasAndComesBack(t *testing.T) {
	here, pi, nano := start(t, ""), start(t, "pi"), start(t, "nano")
	nano.lost.Store(true)
	f := fleet.New(here.member(), pi.member(), nano.member())
	ctx, cancel := context.WithCancel(t.Context())
	shown, ended := make(chan api.Snapshot), make(chan error, 1)
	go func() {
		ended <- f.Watch(ctx, func(s api.Snapshot) error {
			select {
			case shown <- s:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	s := watch(t, shown, "files pi/files nano/…?")
	if got := s.Services[2].Reason; got != "cannot reach nano: no route to host" {
		t.Errorf("the reason is %q", got)
	}
	nano.lost.Store(false)
	watch(t, shown, "files pi/files nano/files")
	pi.lost.Store(true)
	s = watch(t, shown, "files pi/files? nano/files")
	if got := s.Services[1]; got.State != api.Ready || got.RequestsPerSecond != 0 ||
		!strings.HasPrefix(got.Reason, "lost: ") {
		t.Errorf("it is shown as %+v", got)
	}
	pi.lost.Store(false)
	nano.silent.Store(true)
	s = watch(t, shown, "files pi/files nano/files?")
	if got := s.Services[2].Reason; !strings.Contains(got, "not been heard for") {
		t.Errorf("the reason is %q", got)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch: %v", err)
	}
}

func TestLogsAreMergedByTime(t *testing.T) {
	pi, nano := start(t, "pi"), start(t, "nano")
	f := fleet.New(pi.member(), nano.member())
	collect := func(q client.LogQuery) string {
		var got []string
		if err := f.Logs(t.Context(), q, func(l api.LogLine) error { got = append(got, l.Service); return nil }); err != nil {
			t.Error(err)
		}
		return strings.Join(got, " ")
	}
	if got := collect(client.LogQuery{N: 10}); got != "pi/files nano/files pi/files nano/files pi/files nano/files" {
		t.Errorf("all: %s", got)
	}
	if got := collect(client.LogQuery{N: 3}); got != "nano/files pi/files nano/files" {
		t.Errorf("the last three: %s", got)
	}
	if got := collect(client.LogQuery{N: 10, Names: []string{"nano/files"}}); got != "nano/files nano/files nano/files" {
		t.Errorf("of one: %s", got)
	}
	stop := errors.New("enough")
	if err := f.Logs(t.Context(), client.LogQuery{N: 10, Follow: true},
		func(api.LogLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the reader's own error: %v", err)
	}
}
