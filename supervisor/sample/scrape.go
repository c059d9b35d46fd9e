package sample

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// maxMetrics bounds what is read from a service that answers without end.
const maxMetrics = 4 << 20

// metrics is what a service reported, in the words of the control API.
type metrics struct {
	requests, bytes      float64
	connections, streams float64
	latency              histogram
	pool                 *api.Pool
	camera               *api.Camera
}

// scraper asks a service for its metrics.
type scraper struct {
	client *http.Client // nil: the service has none to show
	socket string       // empty: they are at the URL
	url    string
}

// newScraper asks over the control socket, or at a URL when that is not empty.
func newScraper(control, url string) scraper {
	if url != "" {
		return scraper{url: url, client: &http.Client{Transport: &http.Transport{MaxIdleConns: 1}}}
	}
	if control == "" {
		return scraper{}
	}
	return scraper{socket: control, url: "http://service/metrics", client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", control)
		},
		MaxIdleConns: 1,
	}}}
}

func (s scraper) close() {
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
}

// scrape reports false when the service has nothing to say, or not in time.
func (s scraper) scrape(ctx context.Context) (metrics, bool) {
	if s.client == nil {
		return metrics{}, false
	}
	if s.socket != "" {
		if _, err := os.Lstat(s.socket); err != nil { // most programs never make it
			return metrics{}, false
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return metrics{}, false
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return metrics{}, false
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return metrics{}, false
	}
	m, err := parse(io.LimitReader(resp.Body, maxMetrics))
	return m, err == nil
}

// parse reads Prometheus' text format.
func parse(r io.Reader) (metrics, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(r)
	if err != nil {
		return metrics{}, fmt.Errorf("cannot read the metrics: %w", err)
	}
	f := func(name string) family { return family{families[name]} }
	// The requests are counted by their codes: before the first one there is no
	// such metric.
	if !f(contract.MetricRequests).exists() && !f(contract.MetricConnections).exists() {
		return foreign(families), nil
	}
	m := metrics{
		requests:    f(contract.MetricRequests).sum(),
		bytes:       f(contract.MetricBytesSent).sum(),
		connections: f(contract.MetricConnections).sum(),
		streams:     f(contract.MetricStreams).sum(),
		latency:     f(contract.MetricRequestSeconds).histogram(),
	}
	if workers := f(contract.MetricPoolWorkers); workers.exists() {
		m.pool = &api.Pool{
			Size:          int(workers.sum()),
			Busy:          int(f(contract.MetricPoolBusy).sum()),
			Queued:        int(f(contract.MetricPoolQueued).sum()),
			QueueLimit:    int(f(contract.MetricPoolQueueLimit).sum()),
			RejectedTotal: f(contract.MetricPoolRejected).sum(),
		}
	}
	if fps := f(contract.MetricCameraFPS); fps.exists() {
		m.camera = &api.Camera{
			FPS:             fps.sum(),
			Clients:         int(f(contract.MetricCameraClients).sum()),
			FramesTotal:     f(contract.MetricCameraFrames).sum(),
			FrameAgeSeconds: f(contract.MetricCameraFrameAge).sum(),
			Capturing:       f(contract.MetricCameraCapturing).sum() > 0,
		}
	}
	return m, nil
}

// family is a metric with all its label sets; a missing one has none.
type family struct{ *dto.MetricFamily }

func (f family) exists() bool { return f.MetricFamily != nil }

// sum adds the values over all label sets. It skips numbers that are not finite, so
// that they can't spread into every figure.
func (f family) sum() float64 {
	var total float64
	for _, m := range f.GetMetric() {
		v := m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			total += v
		}
	}
	return total
}

// histogram returns the histogram of the first label set: our services have only one.
func (f family) histogram() histogram {
	if len(f.GetMetric()) == 0 {
		return histogram{}
	}
	src := f.GetMetric()[0].GetHistogram()
	var h histogram
	for _, b := range src.GetBucket() {
		h.bounds = append(h.bounds, b.GetUpperBound())
		h.counts = append(h.counts, float64(b.GetCumulativeCount()))
	}
	if n := len(h.bounds); n > 0 && !math.IsInf(h.bounds[n-1], 1) {
		h.bounds = append(h.bounds, math.Inf(1))
		h.counts = append(h.counts, float64(src.GetSampleCount()))
	}
	return h
}
