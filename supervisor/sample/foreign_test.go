package sample

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

func TestAForeignProgramsMetrics(t *testing.T) {
	n := 10
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `# TYPE caddy_http_requests_total counter
caddy_http_requests_total{handler="subroute",server="srv0"} %d
caddy_http_requests_total{handler="file_server",server="srv0"} %d
caddy_http_requests_total{handler="file_server",server="srv1"} 5
# TYPE caddy_http_request_duration_seconds histogram
caddy_http_request_duration_seconds_bucket{code="200",handler="file_server",le="0.01"} %d
caddy_http_request_duration_seconds_bucket{code="200",handler="file_server",le="+Inf"} %d
caddy_http_request_duration_seconds_sum{code="200",handler="file_server"} 1
caddy_http_request_duration_seconds_count{code="200",handler="file_server"} %d
# TYPE nginx_connections_active gauge
nginx_connections_active 3
`, n, n, n, n, n)
	}))
	defer program.Close()
	s := New("", program.URL)
	defer s.Close()
	now := time.Now()
	s.Take(t.Context(), os.Getpid(), now)
	n += 20
	got := s.Take(t.Context(), os.Getpid(), now.Add(2*time.Second))
	if !got.Reported || got.RequestsTotal != 35 || got.RequestsPerSecond != 10 || got.Connections != 3 || got.P50MS <= 0 ||
		got.P50MS > 10 {
		t.Errorf("%+v", got)
	}
}

func TestMetricsOfNothingThatIsKnownAreNone(t *testing.T) {
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "# TYPE other_total counter\nother_total 7\n")
	}))
	defer program.Close()
	s := New("", program.URL)
	defer s.Close()
	if got := s.Take(t.Context(), os.Getpid(), time.Now()); got.RequestsTotal != 0 || got.P99MS != 0 ||
		got.Connections != 0 {
		t.Errorf("%+v", got)
	}
}
