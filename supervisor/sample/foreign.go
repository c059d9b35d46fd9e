package sample

import (
	"maps"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// Programs in general use these names for our metrics, as ends of names: by the
// conventions of Prometheus' own libraries, and of exporters. If several fit, the
// first in the alphabet counts.
const (
	requestsEnd = "http_requests_total"
	latencyEnd  = "http_request_duration_seconds"
)

// connectionNames are in use for connections or clients that are open.
var connectionNames = [...]string{"nginx_connections_active", "redis_connected_clients", "http_connections",
	"connected_clients"}

// foreign reads the metrics of a program that was not written for us.
func foreign(families map[string]*dto.MetricFamily) metrics {
	var m metrics
	m.requests = innermost(find(families, requestsEnd)).sum()
	m.latency = innermost(find(families, latencyEnd)).merged()
	if m.requests == 0 { // some count them only here
		m.requests = m.latency.total()
	}
	for _, name := range connectionNames {
		if f := (family{families[name]}); f.exists() {
			m.connections = f.sum()
			break
		}
	}
	return m
}

func find(families map[string]*dto.MetricFamily, end string) family {
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if name == end || strings.HasSuffix(name, "_"+end) {
			return family{families[name]}
		}
	}
	return family{}
}

// innermost keeps, of metrics that count a request once for each handler that
// it has passed, those of the handler that has seen the most.
func innermost(f family) family {
	byHandler := map[string][]*dto.Metric{}
	for _, m := range f.GetMetric() {
		name := ""
		for _, label := range m.GetLabel() {
			if label.GetName() == "handler" {
				name = label.GetValue()
			}
		}
		byHandler[name] = append(byHandler[name], m)
	}
	if len(byHandler) < 2 {
		return f
	}
	var best family
	for _, name := range slices.Sorted(maps.Keys(byHandler)) {
		one := family{&dto.MetricFamily{Name: f.Name, Type: f.Type, Metric: byHandler[name]}}
		if !best.exists() || one.events() > best.events() {
			best = one
		}
	}
	return best
}

// events is the sum of counters or of the counts of histograms.
func (f family) events() float64 {
	total := f.sum()
	for _, m := range f.GetMetric() {
		total += float64(m.GetHistogram().GetSampleCount())
	}
	return total
}

// merged is the histogram over all label sets, as far as their buckets are the
// same.
func (f family) merged() histogram {
	var all histogram
	for _, m := range f.GetMetric() {
		one := family{&dto.MetricFamily{Metric: []*dto.Metric{m}}}.histogram()
		switch {
		case all.bounds == nil:
			all = one
		case slices.Equal(all.bounds, one.bounds):
			for i := range all.counts {
				all.counts[i] += one.counts[i]
			}
		}
	}
	return all
}

// total is the number of all that a histogram has counted.
func (h histogram) total() float64 {
	if len(h.counts) == 0 || math.IsNaN(h.counts[len(h.counts)-1]) {
		return 0
	}
	return h.counts[len(h.counts)-1]
}
