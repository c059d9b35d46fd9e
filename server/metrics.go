package server

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// bounds are the upper bounds of the histogram's buckets.
var bounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// counters is what both lanes count, in atomics: a request costs four
// additions. It is also the prometheus.Collector that shows them.
type counters struct {
	codes       [1000]atomic.Uint64
	buckets     [len(bounds) + 1]atomic.Uint64
	nanos       atomic.Uint64
	bytes       atomic.Uint64 // of the wire: headers and bodies
	connections atomic.Int64
	streams     atomic.Int64

	pool *pool
	log  *logWriter
}

// observe counts a request that was answered. A stream's duration says
// nothing about the service's speed and is not passed here.
func (c *counters) observe(code int, took time.Duration) {
	c.count(code)
	i := 0
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	c.buckets[i].Add(1)
	c.nanos.Add(uint64(max(took, 0)))
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
	buckets := make(map[float64]uint64, len(bounds))
	var count uint64
	for i, bound := range bounds {
		count += c.buckets[i].Load()
		buckets[bound.Seconds()] = count
	}
	count += c.buckets[len(bounds)].Load()
	ch <- prometheus.MustNewConstHistogram(
		prometheus.NewDesc(contract.MetricRequestSeconds, "Time from a request to its answer; streams are left out.", nil, nil),
		count, time.Duration(c.nanos.Load()).Seconds(), buckets)

	busy, queued := c.pool.load()
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	for _, m := range []struct {
		name, help string
		kind       prometheus.ValueType
		value      float64
	}{
		{contract.MetricConnections, "Open connections.", gauge, float64(c.connections.Load())},
		{contract.MetricStreams, "Streams in progress.", gauge, float64(c.streams.Load())},
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
