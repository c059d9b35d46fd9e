package sample

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service answers GET /metrics on a control socket with what text holds.
func service(t *testing.T, text *string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sample")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "c")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, *text) })}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close(); <-done; os.RemoveAll(dir) })
	return path
}

func exposition(requests, bytes int, fast, all int) string {
	return fmt.Sprintf(`# TYPE ammar_http_requests_total counter
ammar_http_requests_total{code="200"} %d
ammar_http_requests_total{code="404"} 1
# TYPE ammar_bytes_sent_total counter
ammar_bytes_sent_total %d
# TYPE ammar_http_connections gauge
ammar_http_connections 3
# TYPE ammar_http_streams gauge
ammar_http_streams 2
# TYPE ammar_pool_workers gauge
ammar_pool_workers 64
# TYPE ammar_pool_busy gauge
ammar_pool_busy 5
# TYPE ammar_pool_queued gauge
ammar_pool_queued 7
# TYPE ammar_pool_queue_limit gauge
ammar_pool_queue_limit 256
# TYPE ammar_pool_rejected_total counter
ammar_pool_rejected_total 9
# TYPE ammar_http_request_seconds histogram
ammar_http_request_seconds_bucket{le="0.001"} %d
ammar_http_request_seconds_bucket{le="0.01"} %d
ammar_http_request_seconds_bucket{le="+Inf"} %d
ammar_http_request_seconds_sum 1
ammar_http_request_seconds_count %d
`, requests, bytes, fast, all, all, all)
}

func TestRatesAreOverTheTimeBetweenTwoSamples(t *testing.T) {
	text := exposition(100, 1000, 100, 101)
	s := New(service(t, &text), "")
	defer s.Close()
	pid, now := os.Getpid(), time.Unix(1000, 0)

	first := s.Take(context.Background(), pid, now)
	if first.RequestsPerSecond != 0 || first.RequestsTotal != 101 {
		t.Errorf("first sample: total %v, rate %v; want 101 and no rate yet", first.RequestsTotal, first.RequestsPerSecond)
	}
	text = exposition(300, 5000, 200, 301)
	second := s.Take(context.Background(), pid, now.Add(2*time.Second))
	if second.RequestsPerSecond != 100 || second.BytesPerSecond != 2000 {
		t.Errorf("rates %v requests/s, %v bytes/s; want 100, 2000", second.RequestsPerSecond, second.BytesPerSecond)
	}
	if second.Connections != 3 || second.Streams != 2 {
		t.Errorf("connections %d, streams %d; want 3, 2", second.Connections, second.Streams)
	}
	want := &api.Pool{Size: 64, Busy: 5, Queued: 7, QueueLimit: 256, RejectedTotal: 9}
	if d := cmp.Diff(want, second.Pool); d != "" {
		t.Error(d)
	}
	// 200 requests since: 100 of them up to 1 ms, the rest up to 10 ms.
	if math.Abs(second.P50MS-1) > 1e-9 || second.P99MS < 9 || second.P99MS > 10 {
		t.Errorf("p50 %v ms, p99 %v ms; want 1 and 9.8", second.P50MS, second.P99MS)
	}
	if second.Camera != nil {
		t.Error("a service without a camera reports one")
	}
	if second.RSSBytes < 1<<20 {
		if _, err := os.Stat("/proc/self/stat"); err == nil {
			t.Errorf("resident memory %d; this test needs more than that", second.RSSBytes)
		}
	}
}

func TestARestartedServiceStartsItsRatesAnew(t *testing.T) {
	text := exposition(1000, 1000, 1000, 1001)
	s := New(service(t, &text), "")
	defer s.Close()
	now := time.Unix(1000, 0)
	s.Take(context.Background(), 1, now)
	text = exposition(10, 10, 10, 11)
	if got := s.Take(context.Background(), 2, now.Add(time.Second)); got.RequestsPerSecond != 0 {
		t.Errorf("rate %v across two processes, want 0", got.RequestsPerSecond)
	}
}

func TestAServiceThatDoesNotAnswerIsMeasuredFromOutside(t *testing.T) {
	for _, control := range []string{"", filepath.Join(t.TempDir(), "nobody")} {
		s := New(control, "")
		got := s.Take(context.Background(), os.Getpid(), time.Unix(1000, 0))
		s.Close()
		if got.Reported || got.Pool != nil {
			t.Errorf("control %q: reported %v, pool %v", control, got.Reported, got.Pool)
		}
	}
}

func TestASilentServiceCostsNoMoreThanTheDeadline(t *testing.T) {
	dir, err := os.MkdirTemp("", "sample")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ln, err := net.Listen("unix", filepath.Join(dir, "c"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	s := New(ln.Addr().String(), "")
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if got := s.Take(ctx, os.Getpid(), time.Now()); got.Reported {
		t.Error("reported something nobody said")
	}
}

func TestTheChildrenOfAServiceCountAsTheService(t *testing.T) {
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("needs Linux's /proc")
	}
	cmd := exec.Command("sleep", "10")
	if err := cmd.Start(); err != nil {
		t.Skipf("needs sleep: %v", err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	found := false
	for _, child := range childrenOfSelf() {
		found = found || child == cmd.Process.Pid
	}
	if !found {
		t.Errorf("pid %d is not among the children %v", cmd.Process.Pid, childrenOfSelf())
	}
}

func TestQuantilesInterpolateInsideABucket(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name string
		h    histogram
		q    float64
		want float64
	}{
		{"nothing observed", histogram{}, 0.5, 0},
		{"only zeros", histogram{[]float64{1, inf}, []float64{0, 0}}, 0.5, 0},
		{"middle of the first bucket", histogram{[]float64{1, 2, inf}, []float64{10, 10, 10}}, 0.5, 0.5},
		{"second bucket", histogram{[]float64{1, 2, inf}, []float64{10, 20, 20}}, 0.75, 1.5},
		{"beyond the last bound", histogram{[]float64{1, 2, inf}, []float64{0, 0, 5}}, 0.5, 2},
	} {
		if got := c.h.quantile(c.q); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(exposition(1, 2, 3, 4))
	f.Add("ammar_camera_fps NaN\nammar_camera_fps +Inf\n")
	f.Add("# TYPE ammar_http_request_seconds histogram\nammar_http_request_seconds_bucket{le=\"NaN\"} 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parse(strings.NewReader(text))
		if err != nil {
			return
		}
		p99 := m.latency.since(histogram{}).quantile(0.99)
		for _, v := range []float64{m.requests, m.bytes, m.connections, p99} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("a figure is not finite: %v", v)
			}
		}
	})
}

func TestAServiceBeforeItsFirstRequestHasItsPool(t *testing.T) {
	m, err := parse(strings.NewReader("# TYPE ammar_http_connections gauge\nammar_http_connections 0\n# TYPE " +
		"ammar_pool_workers gauge\nammar_pool_workers 64\n"))
	if err != nil || m.pool == nil || m.pool.Size != 64 {
		t.Errorf("%+v (%v)", m, err)
	}
}
