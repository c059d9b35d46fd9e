package status

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const nasty = `<script>alert("x")</script>`

func sample() api.Snapshot {
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	return api.Snapshot{Time: now, Info: api.Info{Instance: "home", Since: now.Add(-time.Hour)}, Services: []api.Service{
		{Name: "files", Kind: "files", State: api.Ready, PID: 7, Addr: "0.0.0.0:8080", UptimeSeconds: 3700,
			RequestsPerSecond: 42, RequestsTotal: 99,
			Rates: []float64{0, 5, 10}, Pool: &api.Pool{Size: 4, Busy: 4, Queued: 8, QueueLimit: 8, RejectedTotal: 28}, P50MS: 1,
			P99MS: 250, CPUPercent: 12.5, RSSBytes: 3 << 20},
		{Name: "camera", Kind: "camera", State: api.Ready, PID: 8, Addr: "127.0.0.1:8081",
			Camera: &api.Camera{FPS: 29.97, Clients: 2, Capturing: true}},
		{Name: `odd"\` + nasty, Kind: nasty, State: api.Failed, Addr: nasty, Reason: nasty, Status: nasty, Restarts: 5,
			LastExit: &api.Exit{Text: nasty, Code: 3, Time: now, Lines: []string{nasty, "the last line"}}},
	}}
}

type mux struct{ *http.ServeMux }

func (m mux) Stream(pattern string, h http.Handler) { m.Handle(pattern, h) }

func handler(h *hub) http.Handler {
	m := mux{http.NewServeMux()}
	mount(m, &site{hub: h, engine: fakeEngine{}})
	return m
}

func get(t *testing.T, h *hub, path, host string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	handler(h).ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestThePageShowsEverythingAndEscapesIt(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	res := get(t, h, "/", "192.168.1.5:8082")
	text := body(t, res)
	for _, want := range []string{
		"home", "1 of 3 failed", "● ready", "✖ failed", "1h01m", `href="http://192.168.1.5:8080/"`, "on all interfaces",
		"from this machine only", "28 rejected", "+8 queued", "30.0 frames/s, 2 clients", "12.5%", "3.0 MiB", "1.0 / 250 ms",
		"<polyline", "the last line",
	} {
		if !strings.Contains(strings.ReplaceAll(text, "</span> ", " "), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, nasty) || strings.Contains(text, "<script>") {
		t.Error("text of a service is not escaped")
	}
	if strings.Contains(text, `href="http://127.0.0.1:8081/"`) {
		t.Error("another machine is given a link to its own loopback")
	}
	if strings.Contains(text, "style=") || strings.Contains(text, `src="http`) {
		t.Error("the page needs what its policy forbids")
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
}

func TestAnAddressLeadsWhereTheViewerCanGo(t *testing.T) {
	for _, c := range []struct{ addr, host, shown, link string }{
		{"0.0.0.0:80", "pi.local:8082", "pi.local:80", "http://pi.local:80/"},
		{"[::]:80", "[fe80::1]:8082", "[fe80::1]:80", "http://[fe80::1]:80/"},
		{":80", "pi", "pi:80", "http://pi:80/"},
		{"127.0.0.1:80", "localhost:8082", "127.0.0.1:80", "http://127.0.0.1:80/"},
		{"127.0.0.1:80", "10.0.0.1:8082", "127.0.0.1:80", ""},
		{"10.0.0.1:80", "10.0.0.2", "10.0.0.1:80", "http://10.0.0.1:80/"},
		{"0.0.0.0:80", "", "0.0.0.0:80", ""},
		{"", "pi", "", ""},
	} {
		if shown, link, _ := address(c.addr, c.host); shown != c.shown || link != c.link {
			t.Errorf("%q seen from %q: %q, %q; want %q, %q", c.addr, c.host, shown, link, c.shown, c.link)
		}
	}
}

func TestJSONAndMetricsAgreeWithTheSnapshot(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	var snap api.Snapshot
	if err := json.NewDecoder(get(t, h, "/status.json", "x").Body).Decode(&snap); err != nil || len(snap.Services) != 3 ||
		snap.Services[0].Pool.RejectedTotal != 28 {
		t.Errorf("%+v, %v", snap, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	found, err := parser.TextToMetricFamilies(get(t, h, "/metrics", "x").Body)
	if err != nil {
		t.Fatalf("not Prometheus' format: %v", err)
	}
	if n := len(found["ammar_service_state"].GetMetric()); n != 3*len(api.States()) {
		t.Errorf("%d states", n)
	}
	rejected := found["ammar_pool_rejected_total"].GetMetric()
	if len(rejected) != 1 || rejected[0].GetCounter().GetValue() != 28 || rejected[0].GetLabel()[0].GetValue() != "files" {
		t.Errorf("rejected: %v", rejected)
	}
	if c := found["ammar_camera_fps"].GetMetric(); len(c) != 1 || c[0].GetGauge().GetValue() != 29.97 {
		t.Errorf("camera: %v", c)
	}
	if r := found["ammar_service_restarts_total"].GetMetric(); len(r) != 3 ||
		r[2].GetLabel()[0].GetValue() != sample().Services[2].Name {
		t.Errorf("a label is not quoted as it should be: %v", r)
	}
}

func TestASupervisorThatIsAwayIsSaidAndNoCrash(t *testing.T) {
	h := newHub(nil)
	if text := body(t, get(t, h, "/", "x")); !strings.Contains(text, "Reconnecting") {
		t.Error("before the first snapshot the page does not say so")
	}
	h.set(sample(), nil)
	h.set(api.Snapshot{}, errors.New("it went "+nasty))
	text := body(t, get(t, h, "/", "x"))
	if !strings.Contains(text, "Reconnecting") || !strings.Contains(text, "what was last seen") ||
		strings.Contains(text, nasty) {
		t.Error("the page does not say that the supervisor is away")
	}
	if res := get(t, h, "/status.json", "x"); res.StatusCode != 503 {
		t.Errorf("/status.json answers %d", res.StatusCode)
	}
	if text := body(t, get(t, h, "/metrics", "x")); !strings.Contains(text, "ammar_up 0") ||
		strings.Contains(text, "ammar_service") {
		t.Errorf("metrics:\n%s", text)
	}
}

// upstream is a supervisor that comes and goes.
type upstream struct {
	watches atomic.Int32
	serve   func(ctx context.Context, n int32, fn func(api.Snapshot) error) error
}

func (u *upstream) Watch(ctx context.Context, fn func(api.Snapshot) error) error {
	return u.serve(ctx, u.watches.Add(1), fn)
}

func TestTheHubConnectsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &upstream{serve: func(ctx context.Context, n int32, fn func(api.Snapshot) error) error {
			if n < 10 {
				return errors.New("away")
			}
			_ = fn(sample())
			<-ctx.Done()
			return ctx.Err()
		}}
		h := newHub(u)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.serve(ctx) }()
		time.Sleep(time.Second)
		if n := u.watches.Load(); n < 3 || n > 5 {
			t.Errorf("%d attempts in the first second", n)
		}
		time.Sleep(15 * time.Second)
		if _, err := h.latest(); err != nil {
			t.Errorf("not connected: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestEventsAreLiveForEveryViewerOverOneWatch(t *testing.T) {
	snaps := make(chan api.Snapshot)
	u := &upstream{serve: func(ctx context.Context, _ int32, fn func(api.Snapshot) error) error {
		for {
			select {
			case s := <-snaps:
				_ = fn(s)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}}
	h := newHub(u)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.serve(ctx) }()
	snaps <- sample()
	srv := httptest.NewServer(handler(h))
	var viewers []*bufio.Scanner
	for range 5 {
		req, _ := http.NewRequestWithContext(ctx, "GET", srv.URL+"/events", nil)
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		viewers = append(viewers, bufio.NewScanner(res.Body))
	}
	changed := sample()
	changed.Services[0].State = api.Stopping
	snaps <- changed
	limit := time.AfterFunc(10*time.Second, cancel)
	defer limit.Stop()
	for i, v := range viewers {
		seen := false
		for !seen && v.Scan() {
			if line := v.Text(); line != "" && !strings.HasPrefix(line, "data: ") {
				t.Fatalf("not an event: %q", line)
			}
			seen = strings.Contains(v.Text(), "stopping")
		}
		if !seen {
			t.Errorf("viewer %d did not see the change", i)
		}
	}
	if n := u.watches.Load(); n != 1 {
		t.Errorf("%d watches for 5 viewers", n)
	}
	cancel()
	srv.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for want, got := range map[string]string{
		"0": rate(0), "0.5": rate(.5), "1234": rate(1234), "12.3k": rate(12345), "0 B": humanize.Bytes(0),
		"1.5 KiB": humanize.Bytes(1536), "200 MiB": humanize.Bytes(200 << 20),
		"0.02": millis(.02), "1.5": millis(1.5), "340": millis(340),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheSparklineStaysInItsBox(t *testing.T) {
	line, _ := spark([]float64{0, 5, 10})
	if line != "58.0,17.0 59.0,9.0 60.0,1.0" {
		t.Errorf("points %q", line)
	}
	if line, area := spark([]float64{1}); line != "" || area != "" {
		t.Error("one value is no line")
	}
}
