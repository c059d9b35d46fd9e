//go:build unix

package service

import (
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/history"
	"github.com/ammarctl/ammarctl/supervisor/sample"
)

// ratesKept is how many of the newest seconds measures keeps for the row.
const ratesKept = 60

// measures is what was measured of a service's serving processes. The service's
// goroutine owns it; the history may be read by others.
type measures struct {
	rates   []float64 // requests/s, one for each second, oldest first
	history *history.History

	requests *requestLog
	traffic  traffic
}

// complete adds to a sample of a program's process what its log and the kernel
// tell.
func (m *measures) complete(seen *sample.Sample, listens []string) {
	now := time.Now()
	m.requests.fill(seen, now)
	m.traffic.watch(listens)
	m.traffic.fill(seen, now)
}

// add keeps a sample, and the idle seconds before it as seconds without a
// request.
func (m *measures) add(seen sample.Sample, idle int) {
	rates := slices.Clone(m.rates) // snapshots hold the previous slice
	for range idle {
		rates = append(rates, 0)
	}
	rates = append(rates, seen.RequestsPerSecond)
	m.rates = rates[max(0, len(rates)-ratesKept):]
	now := time.Now()
	for k := idle; k > 0; k-- {
		m.history.Add(now.Add(-time.Duration(k)*sampleEvery), sample.Sample{RSSBytes: seen.RSSBytes})
	}
	m.history.Add(now, seen)
}
