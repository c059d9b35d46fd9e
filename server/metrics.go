package server

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// counters is what both lanes count, in atomics: a request costs four
// additions. It is also the prometheus.Collector that shows them.
type counters struct {
	codes       [1000]atomic.Uint64
	requests    histogram
	bytes       atomic.Uint64 // of the wire: headers and bodies
	connections atomic.Int64
	streams     atomic.Int64

	connsRefused, streamsRefused, stalled atomic.Uint64

	pool *pool
	log  *logWriter
}

// observe counts a request that was answered. A stream's duration says
// nothing about the service's speed and is not passed here.
func (c *counters) observe(code int, took time.Duration) {
	c.count(code)
	c.requests.observe(took)
}

func (c *counters) count(code int) {
	if code < 0 || code >= len(c.codes) {
		code = 0
	}
	c.codes[code].Add(1)
}

// Describe sends nothing: a collector without descriptions is "unchecked",
// which suits label values that appear as they happen.
func (c *counters) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *counters) Collect(ch chan<- prometheus.Metric) {
	requests := prometheus.NewDesc(contract.MetricRequests, "Requests answered, by status code.", []string{"code"}, nil)
	for code := range c.codes {
		if n := c.codes[code].Load(); n > 0 {
			ch <- prometheus.MustNewConstMetric(requests, prometheus.CounterValue, float64(n), strconv.Itoa(code))
		}
	}
	ch <- c.requests.metric(contract.MetricRequestSeconds, "Time from a request to its answer; streams are left out.")
	ch <- c.pool.waits.metric(contract.MetricPoolQueueSeconds,
		"Time that requests waited for a worker, of those that waited, in vain or not.")

	busy, queued := c.pool.load()
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	for _, m := range []struct {
		name, help string
		kind       prometheus.ValueType
		value      float64
	}{
		{contract.MetricConnections, "Open connections.", gauge, float64(c.connections.Load())},
		{contract.MetricStreams, "Streams in progress.", gauge, float64(c.streams.Load())},
		{contract.MetricConnectionsRefused, "Connections closed as they came, since there were too many.", counter,
			float64(c.connsRefused.Load())},
		{contract.MetricStreamsRefused, "Streams that were refused, since there were too many.", counter,
			float64(c.streamsRefused.Load())},
		{contract.MetricStalled, "Connections cut since the client did not take its answer.", counter,
			float64(c.stalled.Load())},
		{contract.MetricBytesSent, "Bytes sent, headers included.", counter, float64(c.bytes.Load())},
		{contract.MetricPoolWorkers, "Size of the pool.", gauge, float64(c.pool.size)},
		{contract.MetricPoolBusy, "Workers that handle a request.", gauge, float64(busy)},
		{contract.MetricPoolQueued, "Requests that wait for a worker.", gauge, float64(queued)},
		{contract.MetricPoolQueueLimit, "Requests that may wait at once.", gauge, float64(c.pool.limit)},
		{contract.MetricPoolRejected, "Requests that got no worker.", counter, float64(c.pool.rejected.Load())},
		{contract.MetricLogDropped, "Log lines dropped because nobody took them.", counter, float64(c.log.dropped.Load())},
	} {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(m.name, m.help, nil, nil), m.kind, m.value)
	}
}
