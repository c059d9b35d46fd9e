package status

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// metric is one family: its name, and its value for a service. ok is false if
// the service has none.
type metric struct {
	name, kind, help string
	value            func(api.Service) (v float64, ok bool)
}

// families lists the metrics of each service, besides its state.
func families() []metric {
	always := func(get func(api.Service) float64) func(api.Service) (float64, bool) {
		return func(s api.Service) (float64, bool) { return get(s), true }
	}
	pool := func(get func(*api.Pool) float64) func(api.Service) (float64, bool) {
		return func(s api.Service) (float64, bool) {
			if s.Pool == nil {
				return 0, false
			}
			return get(s.Pool), true
		}
	}
	camera := func(get func(*api.Camera) float64) func(api.Service) (float64, bool) {
		return func(s api.Service) (float64, bool) {
			if s.Camera == nil {
				return 0, false
			}
			return get(s.Camera), true
		}
	}
	return []metric{
		{"ammar_service_restarts_total", "counter", "Restarts after the service ended by itself.",
			always(func(s api.Service) float64 { return float64(s.Restarts) })},
		{"ammar_service_uptime_seconds", "gauge", "Since the running process was launched.",
			always(func(s api.Service) float64 { return s.UptimeSeconds })},
		{"ammar_service_cpu_percent", "gauge", "CPU time of the service's processes; 100 is one core.",
			always(func(s api.Service) float64 { return s.CPUPercent })},
		{"ammar_service_rss_bytes", "gauge", "Resident memory of the service's processes.",
			always(func(s api.Service) float64 { return float64(s.RSSBytes) })},
		{"ammar_service_requests_total", "counter", "Requests answered.",
			always(func(s api.Service) float64 { return s.RequestsTotal })},
		{"ammar_service_requests_per_second", "gauge", "Requests answered in the last second.",
			always(func(s api.Service) float64 { return s.RequestsPerSecond })},
		{"ammar_service_bytes_per_second", "gauge", "Bytes sent in the last second.",
			always(func(s api.Service) float64 { return s.BytesPerSecond })},
		{"ammar_service_request_p50_seconds", "gauge", "Median time to answer.",
			always(func(s api.Service) float64 { return s.P50MS / 1000 })},
		{"ammar_service_request_p99_seconds", "gauge", "99th percentile of the time to answer.",
			always(func(s api.Service) float64 { return s.P99MS / 1000 })},
		{contract.MetricConnections, "gauge", "Open connections.",
			always(func(s api.Service) float64 { return float64(s.Connections) })},
		{contract.MetricStreams, "gauge", "Long-lived responses in progress.",
			always(func(s api.Service) float64 { return float64(s.Streams) })},
		{contract.MetricPoolWorkers, "gauge", "Requests that may be in progress at once.",
			pool(func(p *api.Pool) float64 { return float64(p.Size) })},
		{contract.MetricPoolBusy, "gauge", "Requests in progress.",
			pool(func(p *api.Pool) float64 { return float64(p.Busy) })},
		{contract.MetricPoolQueued, "gauge", "Requests that wait for a worker.",
			pool(func(p *api.Pool) float64 { return float64(p.Queued) })},
		{contract.MetricPoolQueueLimit, "gauge", "Requests that may wait.",
			pool(func(p *api.Pool) float64 { return float64(p.QueueLimit) })},
		{contract.MetricPoolRejected, "counter", "Requests answered 503 because the pool was full.",
			pool(func(p *api.Pool) float64 { return p.RejectedTotal })},
		{contract.MetricCameraFPS, "gauge", "Frames per second.", camera(func(c *api.Camera) float64 { return c.FPS })},
		{contract.MetricCameraClients, "gauge", "Clients of the camera.",
			camera(func(c *api.Camera) float64 { return float64(c.Clients) })},
		{contract.MetricCameraFrames, "counter", "Frames captured.",
			camera(func(c *api.Camera) float64 { return c.FramesTotal })},
		{contract.MetricCameraFrameAge, "gauge", "Age of the newest frame.",
			camera(func(c *api.Camera) float64 { return c.FrameAgeSeconds })},
		{contract.MetricCameraCapturing, "gauge", "1 while the device is open.",
			camera(func(c *api.Camera) float64 { return oneIf(c.Capturing) })},
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// writeMetrics writes every service's numbers in Prometheus' text format
// 0.0.4, each with the label service. The state is a set of gauges of which
// one is 1, by convention. Errors of w are ignored: the client left.
func writeMetrics(w io.Writer, snap api.Snapshot) {
	fmt.Fprint(w, "# HELP ammar_service_state 1 for the state that the service is in.\n# TYPE ammar_service_state gauge\n")
	for _, s := range snap.Services {
		for _, state := range api.States() {
			fmt.Fprintf(w, "ammar_service_state{service=\"%s\",state=\"%s\"} %g\n", escape(s.Name), state,
				oneIf(s.State == state))
		}
	}
	for _, m := range families() {
		header := false
		for _, s := range snap.Services {
			v, ok := m.value(s)
			if !ok {
				continue
			}
			if !header {
				fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", m.name, m.help, m.name, m.kind)
				header = true
			}
			fmt.Fprintf(w, "%s{service=\"%s\"} %s\n", m.name, escape(s.Name), strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
}

// escape escapes a label's value.
func escape(s string) string {
	return strings.NewReplacer("\\", `\\`, "\"", `\"`, "\n", `\n`).Replace(s)
}
