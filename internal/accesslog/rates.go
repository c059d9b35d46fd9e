package accesslog

import (
	"math"
	"math/bits"
	"time"
)

const (
	slots     = 6                // of the latencies' window
	slotTime  = 10 * time.Second // each
	seconds   = 10               // over which requests per second are counted
	octaves   = 36               // of latencies, from 1 µs
	perOctave = 8
)

// Rates counts requests. It is for one goroutine.
type Rates struct {
	total   uint64
	bytes   uint64
	classes [5]uint64 // 1xx to 5xx
	perTime [seconds + 1]uint32
	second  int64 // of the newest of perTime
	slots   [slots]latencies
	slot    int64 // of the newest of slots
}

// latencies counts requests by how long they took, in buckets that grow by an
// eighth of a power of two.
type latencies struct {
	count   uint32
	buckets [octaves * perOctave]uint32
}

// Summary is what Rates knows at a moment.
type Summary struct {
	Total     uint64    // requests
	Bytes     uint64    // of answers whose size the log tells
	Classes   [5]uint64 // answers 1xx to 5xx
	PerSecond float64   // over the last 10 s
	// P50 and P99 are latencies over the last minute, within 7 %; -1 when the
	// log tells none.
	P50, P99 time.Duration
}

// Add counts a request that was logged at a time. Times do not go back: an
// earlier one counts as the latest.
func (r *Rates) Add(now time.Time, q Request) {
	r.advance(now)
	r.total++
	r.classes[min(max(q.Status/100, 1), 5)-1]++
	if q.Bytes > 0 {
		r.bytes += uint64(q.Bytes)
	}
	r.perTime[r.second%int64(len(r.perTime))]++
	if q.Duration >= 0 {
		s := &r.slots[r.slot%slots]
		s.count++
		s.buckets[bucket(q.Duration)]++
	}
}

// advance empties what is older than the windows.
func (r *Rates) advance(now time.Time) {
	second := max(now.Unix(), r.second)
	for i := range min(second-r.second, int64(len(r.perTime))) {
		r.perTime[(second-i)%int64(len(r.perTime))] = 0
	}
	r.second = second
	slot := second / int64(slotTime/time.Second)
	for i := range min(slot-r.slot, slots) {
		r.slots[(slot-i)%slots] = latencies{}
	}
	r.slot = slot
}

// Summary reports at a time.
func (r *Rates) Summary(now time.Time) Summary {
	r.advance(now)
	s := Summary{Total: r.total, Bytes: r.bytes, Classes: r.classes, P50: -1, P99: -1}
	recent := uint32(0)
	for i, n := range r.perTime {
		if int64(i) != r.second%int64(len(r.perTime)) { // this second is not over
			recent += n
		}
	}
	s.PerSecond = float64(recent) / seconds
	s.P50, s.P99 = r.quantile(0.5), r.quantile(0.99)
	return s
}

func (r *Rates) quantile(q float64) time.Duration {
	all := uint64(0)
	for i := range r.slots {
		all += uint64(r.slots[i].count)
	}
	if all == 0 {
		return -1
	}
	rank := max(uint64(math.Ceil(q*float64(all))), 1)
	for b := range octaves * perOctave {
		for i := range r.slots {
			n := uint64(r.slots[i].buckets[b])
			if rank <= n {
				return middle(b)
			}
			rank -= n
		}
	}
	return middle(octaves*perOctave - 1)
}

// bucket returns the bucket of a latency: its highest bit in microseconds, and the
// three bits below it.
func bucket(d time.Duration) int {
	us := uint64(d / time.Microsecond)
	if us < perOctave {
		return int(us)
	}
	high := bits.Len64(us) - 1
	low := int(us>>(high-3)) & (perOctave - 1)
	return min((high-2)*perOctave+low, octaves*perOctave-1)
}

// middle is a latency in the middle of a bucket.
func middle(b int) time.Duration {
	if b < perOctave {
		return time.Duration(b) * time.Microsecond
	}
	high, low := b/perOctave+2, b%perOctave
	width := uint64(1) << (high - 3)
	return time.Duration(uint64(perOctave+low)*width+width/2) * time.Microsecond
}
