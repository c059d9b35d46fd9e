package ui

import (
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/chart"
)

// measures are what the graphs show of a service over time.
type measures struct {
	requests, bytes, busy, queued, p50, p99, cpu, memory, fps, clients chart.History

	state api.State // now
	since time.Time // when it was first seen to be so
	known bool      // since is when it began, not when the dashboard came

	handover time.Time // when a process was first seen to give way to another; zero: none does
}

// past is what the dashboard has seen, by service.
type past map[string]*measures

// add takes in a snapshot. Services that are gone are forgotten.
func (p past) add(s api.Snapshot) {
	seen := make(map[string]bool, len(s.Services))
	for i := range s.Services {
		svc := &s.Services[i]
		seen[svc.Name] = true
		h := p[svc.Name]
		if h == nil {
			h = &measures{}
			p[svc.Name] = h
			for k, rate := range svc.Rates { // the minute before the dashboard came
				h.requests.Add(s.Time.Add(-time.Duration(len(svc.Rates)-k)*time.Second), rate)
			}
		}
		h.add(s.Time, svc)
	}
	for name := range p {
		if !seen[name] {
			delete(p, name)
		}
	}
}

func (h *measures) add(at time.Time, s *api.Service) {
	if s.State != h.state {
		h.known = h.state != ""
		h.state, h.since = s.State, at
	}
	switch giving := s.NextPID != 0 || len(s.Draining) > 0; {
	case !giving:
		h.handover = time.Time{}
	case h.handover.IsZero():
		h.handover = at
	}
	h.cpu.Add(at, s.CPUPercent)
	h.memory.Add(at, float64(s.RSSBytes))
	if s.Pool != nil {
		h.requests.Add(at, s.RequestsPerSecond)
		h.bytes.Add(at, s.BytesPerSecond)
		h.busy.Add(at, float64(s.Pool.Busy))
		h.queued.Add(at, float64(s.Pool.Queued))
		h.p50.Add(at, s.P50MS)
		h.p99.Add(at, s.P99MS)
	}
	if s.Camera != nil {
		h.fps.Add(at, s.Camera.FPS)
		h.clients.Add(at, float64(s.Camera.Clients))
	}
}

func spans() []chart.Span { return chart.Spans() }
