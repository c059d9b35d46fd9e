package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

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
	asked    bool      // the supervisor was asked for what was before
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

// pastMsg brings what the supervisor has measured of a service before.
type pastMsg struct {
	service string
	history api.History
}

// askPast asks once for what was before the dashboard came, of the service
// whose graphs are shown.
func (m *model) askPast() tea.Cmd {
	h := m.past[m.selected]
	if m.tab != tabGraphs || h == nil || h.asked {
		return nil
	}
	h.asked = true
	ctx, engine, name := m.ctx, m.engine, m.selected
	return func() tea.Msg {
		// A supervisor that keeps none, or is gone, leaves what was seen here.
		history, err := engine.History(ctx, name, "")
		if err != nil {
			return nil
		}
		return pastMsg{name, history}
	}
}

// remembered puts what the supervisor has measured in the place of what was
// seen since: that is part of it.
func (p past) remembered(msg pastMsg) {
	old := p[msg.service]
	if old == nil {
		return
	}
	h := &measures{state: old.state, since: old.since, known: old.known, handover: old.handover, asked: true}
	var before time.Time // where a longer span ends, since a shorter one knows better
	for i := len(msg.history.Spans) - 1; i >= 0; i-- {
		var next time.Time
		if i > 0 && len(msg.history.Spans[i-1].Points) > 0 {
			next = msg.history.Spans[i-1].Points[0].Time
		}
		for _, pt := range msg.history.Spans[i].Points {
			if pt.Time.Before(before) || !next.IsZero() && !pt.Time.Before(next) {
				continue
			}
			h.measured(pt)
		}
		before = next
	}
	p[msg.service] = h
}

func (h *measures) measured(p api.Point) {
	for _, m := range []struct {
		of *chart.History
		v  float64
	}{
		{&h.requests, p.RequestsPerSecond}, {&h.bytes, p.BytesPerSecond}, {&h.busy, float64(p.Busy)}, {&h.queued, float64(p.Queued)},
		{&h.p50, p.P50MS}, {&h.p99, p.P99MS}, {&h.cpu, p.CPUPercent}, {&h.memory, float64(p.RSSBytes)},
		{&h.fps, p.FPS}, {&h.clients, float64(p.Clients)},
	} {
		m.of.Add(p.Time, m.v)
	}
}

func spans() []chart.Span { return chart.Spans() }
