// Package metrics keeps what the dashboard has measured of each service.
package metrics

import (
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/chart"
)

// Service is what was measured of one service over time.
type Service struct {
	Requests, Bytes, Busy, Queued, P50, P99 chart.History
	CPU, Memory, FPS, Clients               chart.History

	state      api.State // the newest
	stateSince time.Time // when it was first seen
	// changed tells that stateSince is when the state began, and not when the
	// dashboard was opened.
	changed bool

	handoverSince time.Time // when a process was first seen to be replaced; zero when none is
	// Asked tells that older measurements were requested from the supervisor.
	Asked bool
}

// Recorder keeps the measurements by the name of their service. The zero value
// is empty. It belongs to the goroutine of the dashboard.
type Recorder struct{ services map[string]*Service }

// Of is what was measured of a service; nil when nothing was.
func (r *Recorder) Of(name string) *Service { return r.services[name] }

// Add records a snapshot and forgets services that no longer exist.
func (r *Recorder) Add(s api.Snapshot) {
	if r.services == nil {
		r.services = map[string]*Service{}
	}
	exists := make(map[string]bool, len(s.Services))
	for i := range s.Services {
		svc := &s.Services[i]
		exists[svc.Name] = true
		m := r.services[svc.Name]
		if m == nil {
			m = &Service{}
			r.services[svc.Name] = m
			for k, rate := range svc.Rates { // the minute before the dashboard was opened
				m.Requests.Add(s.Time.Add(-time.Duration(len(svc.Rates)-k)*time.Second), rate)
			}
		}
		m.add(s.Time, svc)
	}
	for name := range r.services {
		if !exists[name] {
			delete(r.services, name)
		}
	}
}

func (m *Service) add(at time.Time, s *api.Service) {
	if s.State != m.state {
		m.changed = m.state != ""
		m.state, m.stateSince = s.State, at
	}
	switch handingOver := s.NextPID != 0 || len(s.Draining) > 0; {
	case !handingOver:
		m.handoverSince = time.Time{}
	case m.handoverSince.IsZero():
		m.handoverSince = at
	}
	m.CPU.Add(at, s.CPUPercent)
	m.Memory.Add(at, float64(s.RSSBytes))
	if s.Pool != nil {
		m.Requests.Add(at, s.RequestsPerSecond)
		m.Bytes.Add(at, s.BytesPerSecond)
		m.Busy.Add(at, float64(s.Pool.Busy))
		m.Queued.Add(at, float64(s.Pool.Queued))
		m.P50.Add(at, s.P50MS)
		m.P99.Add(at, s.P99MS)
	}
	if s.Camera != nil {
		m.FPS.Add(at, s.Camera.FPS)
		m.Clients.Add(at, float64(s.Camera.Clients))
	}
}

// StateSince is when the service came into its state. It is false when the
// dashboard has not seen that.
func (r *Recorder) StateSince(s api.Service) (time.Time, bool) {
	m := r.services[s.Name]
	if m == nil || !m.changed || m.state != s.State {
		return time.Time{}, false
	}
	return m.stateSince, true
}

// HandoverSince is when one process of the service began to replace another. It
// is false when none does.
func (r *Recorder) HandoverSince(s api.Service) (time.Time, bool) {
	m := r.services[s.Name]
	if m == nil || m.handoverSince.IsZero() {
		return time.Time{}, false
	}
	return m.handoverSince, true
}

// Replace puts the measurements of the supervisor in the place of the
// dashboard's own, for the service of this name. They cover the same time and more.
func (r *Recorder) Replace(name string, h api.History) {
	old := r.services[name]
	if old == nil {
		return
	}
	m := &Service{
		state: old.state, stateSince: old.stateSince, changed: old.changed,
		handoverSince: old.handoverSince, Asked: true,
	}
	var end time.Time // of the longer span; a shorter one that begins there is more detailed
	for i := len(h.Spans) - 1; i >= 0; i-- {
		var next time.Time
		if i > 0 && len(h.Spans[i-1].Points) > 0 {
			next = h.Spans[i-1].Points[0].Time
		}
		for _, p := range h.Spans[i].Points {
			if p.Time.Before(end) || !next.IsZero() && !p.Time.Before(next) {
				continue
			}
			m.addPoint(p)
		}
		end = next
	}
	r.services[name] = m
}

func (m *Service) addPoint(p api.Point) {
	for _, series := range []struct {
		of    *chart.History
		value float64
	}{
		{&m.Requests, p.RequestsPerSecond}, {&m.Bytes, p.BytesPerSecond},
		{&m.Busy, float64(p.Busy)}, {&m.Queued, float64(p.Queued)},
		{&m.P50, p.P50MS}, {&m.P99, p.P99MS},
		{&m.CPU, p.CPUPercent}, {&m.Memory, float64(p.RSSBytes)},
		{&m.FPS, p.FPS}, {&m.Clients, float64(p.Clients)},
	} {
		series.of.Add(p.Time, series.value)
	}
}
