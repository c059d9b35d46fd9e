package server

import "github.com/prometheus/client_golang/prometheus"

// Counter adds a metric of the service's own, a number that only grows, to
// /metrics. A name is a Prometheus name with the service's word first and,
// for a counter, _total last: "hello_visits_total". It panics when the name is
// no such name or is taken.
func (s *Server) Counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	s.reg.MustRegister(c)
	return c
}

// Gauge adds a metric of the service's own, such as "hello_open_orders". read returns
// its value, and may be called by any goroutine. Gauge panics as Counter does. For
// labels and histograms, use Registry.
func (s *Server) Gauge(name, help string, read func() float64) {
	s.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}
