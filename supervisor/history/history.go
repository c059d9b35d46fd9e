// Package history keeps what was measured of a service over the last hour, in
// less detail the older it is, in a few kilobytes.
package history

import (
	"fmt"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/sample"
)

// points is how many a span keeps.
const points = 60

// span is one of the ways in which the past is kept: a point for each step.
type span struct {
	name string
	step time.Duration
}

func spans() [3]span {
	return [3]span{{"1m", time.Second}, {"15m", 15 * time.Second}, {"1h", time.Minute}}
}

// History keeps the samples of one service. The zero value is empty and ready
// for use; it is safe for concurrent use.
type History struct {
	mu    sync.Mutex
	rings [3]ring
}

// ring holds the newest steps in which something was measured.
type ring struct {
	kept [points]point
	next int // where the next one goes
	size int
}

// point holds the highest of each measure within a step: a peak that lasted a
// second is still there after an hour.
type point struct {
	step                                              int64 // its number since 1970
	requests, bytes, p50, p99, busy, queued, cpu, rss float32
	fps, clients                                      float32
}

// Add takes a sample in. Those of before the newest are passed over.
func (h *History) Add(at time.Time, s sample.Sample) {
	p := point{
		requests: float32(s.RequestsPerSecond), bytes: float32(s.BytesPerSecond),
		p50: float32(s.P50MS), p99: float32(s.P99MS),
		cpu: float32(s.CPUPercent), rss: float32(s.RSSBytes),
	}
	if s.Pool != nil {
		p.busy, p.queued = float32(s.Pool.Busy), float32(s.Pool.Queued)
	}
	if s.Camera != nil {
		p.fps, p.clients = float32(s.Camera.FPS), float32(s.Camera.Clients)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, sp := range spans() {
		p.step = at.UnixNano() / int64(sp.step)
		h.rings[i].add(p)
	}
}

func (r *ring) add(p point) {
	if r.size > 0 {
		newest := &r.kept[(r.next+points-1)%points]
		if p.step < newest.step {
			return
		}
		if p.step == newest.step {
			newest.raise(p)
			return
		}
	}
	r.kept[r.next] = p
	r.next = (r.next + 1) % points
	r.size = min(r.size+1, points)
}

func (p *point) raise(by point) {
	p.requests, p.bytes = max(p.requests, by.requests), max(p.bytes, by.bytes)
	p.p50, p.p99 = max(p.p50, by.p50), max(p.p99, by.p99)
	p.busy, p.queued = max(p.busy, by.busy), max(p.queued, by.queued)
	p.cpu, p.rss = max(p.cpu, by.cpu), max(p.rss, by.rss)
	p.fps, p.clients = max(p.fps, by.fps), max(p.clients, by.clients)
}

// Spans is what is kept, from the shortest span to the longest, each with its
// points of the time up to now, the oldest first. only is the name of the one
// that is wanted; empty wants all. An unknown one is an *api.Error.
func (h *History) Spans(only string, now time.Time) ([]api.Span, error) {
	var list []api.Span
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, sp := range spans() {
		if only == "" || only == sp.name {
			list = append(list, api.Span{Name: sp.name, StepSeconds: sp.step.Seconds(),
				Points: h.rings[i].since(now.Add(-points*sp.step), sp.step)})
		}
	}
	if list == nil {
		return nil, &api.Error{Code: api.CodeBadRequest, Message: fmt.Sprintf("expected span=1m, 15m or 1h, got %q", only)}
	}
	return list, nil
}

func (r *ring) since(from time.Time, step time.Duration) []api.Point {
	list := []api.Point{}
	for k := range r.size {
		p := r.kept[(r.next+points-r.size+k)%points]
		at := time.Unix(0, p.step*int64(step))
		if at.Before(from) {
			continue
		}
		list = append(list, api.Point{
			Time: at.UTC(), RequestsPerSecond: float64(p.requests), BytesPerSecond: float64(p.bytes),
			P50MS: float64(p.p50), P99MS: float64(p.p99), Busy: int(p.busy), Queued: int(p.queued),
			CPUPercent: float64(p.cpu), RSSBytes: int64(p.rss), FPS: float64(p.fps), Clients: int(p.clients),
		})
	}
	return list
}
