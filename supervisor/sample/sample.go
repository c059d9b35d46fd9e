// Package sample measures one running service from outside: what it reports
// on its control socket, and what the kernel says of its processes.
package sample

import (
	"context"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Sample is one measurement of a service.
type Sample struct {
	// Reported is false when the service has no control socket or did not
	// answer in time; the fields it would have filled are zero then.
	Reported bool

	RequestsTotal     float64
	RequestsPerSecond float64
	BytesPerSecond    float64
	Connections       int
	Streams           int
	Pool              *api.Pool
	P50MS, P99MS      float64 // of the requests since the previous sample
	Camera            *api.Camera

	Source  string       // as in api.Service
	Answers *api.Answers // nil without an access log
	Sockets *api.Sockets // nil where the kernel does not tell

	CPUPercent float64 // of all processes in the service's group; 100 is one core
	RSSBytes   int64   // of the same, resident
}

// Apply writes the sample into a service's row.
func (s Sample) Apply(to *api.Service) {
	to.RequestsTotal = s.RequestsTotal
	to.RequestsPerSecond = s.RequestsPerSecond
	to.BytesPerSecond = s.BytesPerSecond
	to.Connections = s.Connections
	to.Streams = s.Streams
	to.Pool = s.Pool
	to.P50MS, to.P99MS = s.P50MS, s.P99MS
	to.Camera = s.Camera
	to.Source, to.Answers, to.Sockets = s.Source, s.Answers, s.Sockets
	to.CPUPercent = s.CPUPercent
	to.RSSBytes = s.RSSBytes
}

// Sampler measures one service and remembers what it needs for rates. It is
// for one goroutine at a time.
type Sampler struct {
	scraper scraper
	prev    counters
}

// counters is the part of a measurement that only its growth tells something.
type counters struct {
	pid     int
	at      time.Time
	metrics metrics
	cpu     time.Duration
}

// New samples the service whose metrics are at url or, if that is empty, on its
// control socket at control. Both are empty for a service that has only the kernel's
// figures.
func New(control, url string) *Sampler {
	return &Sampler{scraper: newScraper(control, url)}
}

// Take measures the service whose first process is pid. A service that does
// not answer before ctx ends is measured from outside only. Rates are over
// the time since the previous Take of the same pid, zero at its first.
func (s *Sampler) Take(ctx context.Context, pid int, now time.Time) Sample {
	m, reported := s.scraper.scrape(ctx)
	use := groupUsage(pid)
	cur := counters{pid: pid, at: now, metrics: m, cpu: use.cpu}

	out := Sample{Reported: reported, RSSBytes: use.rss}
	if reported {
		out.Source = api.SourceMetrics
		out.RequestsTotal = m.requests
		out.Connections = int(m.connections)
		out.Streams = int(m.streams)
		out.Pool = m.pool
		out.Camera = m.camera
	}
	if prev := s.prev; prev.pid == pid && now.After(prev.at) {
		seconds := now.Sub(prev.at).Seconds()
		out.CPUPercent = 100 * max(0, cur.cpu-prev.cpu).Seconds() / seconds
		if reported {
			out.RequestsPerSecond = max(0, m.requests-prev.metrics.requests) / seconds
			out.BytesPerSecond = max(0, m.bytes-prev.metrics.bytes) / seconds
			fresh := m.latency.since(prev.metrics.latency)
			out.P50MS = 1000 * fresh.quantile(0.50)
			out.P99MS = 1000 * fresh.quantile(0.99)
		}
	}
	if !reported {
		// The next answer is compared with the last one that came.
		cur.metrics, cur.at = s.prev.metrics, now
	}
	s.prev = cur
	return out
}

// Close lets go of the connection to the service.
func (s *Sampler) Close() { s.scraper.close() }
