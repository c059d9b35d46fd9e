package logs

import (
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// lineCost is what a line costs in addition to its bytes: time, slice, rounding.
const lineCost = 48

// ring holds the newest lines, bounded in bytes. It keeps lines unparsed, because most
// are never read.
type ring struct {
	service string
	limit   int

	mu      sync.Mutex
	lines   []storedLine // lines[head:], oldest first
	head    int
	first   uint64 // number of lines[head]
	bytes   int
	evicted bool          // a line has fallen out
	wake    chan struct{} // closed and forgotten by the next line; nil: no reader waits
}

// storedLine is a line as it arrived.
type storedLine struct {
	time   int64 // of arrival, unix nanoseconds
	raw    []byte
	onDisk bool // the line is in the files too
}

func newRing(service string, limit int) *ring {
	return &ring{service: service, limit: limit, first: 1}
}

// add appends the lines that produce emits; onDisk says whether they are in
// the files too.
func (r *ring) add(at time.Time, onDisk bool, produce func(emit func(line []byte))) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.lines)
	produce(func(line []byte) {
		r.lines = append(r.lines, storedLine{at.UnixNano(), line, onDisk})
		r.bytes += len(line) + lineCost
	})
	if len(r.lines) == before {
		return
	}
	for r.bytes > r.limit && r.head < len(r.lines)-1 {
		r.bytes -= len(r.lines[r.head].raw) + lineCost
		r.lines[r.head].raw = nil
		r.head++
		r.first++
		r.evicted = true
	}
	if r.head > len(r.lines)/2 { // half is gone: move the rest down, once per as many lines
		n := copy(r.lines, r.lines[r.head:])
		clear(r.lines[n:])
		r.lines, r.head = r.lines[:n], 0
	}
	if r.wake != nil {
		close(r.wake)
		r.wake = nil
	}
}

func (r *ring) changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wake == nil {
		r.wake = make(chan struct{})
	}
	return r.wake
}

func (r *ring) seq() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first + uint64(len(r.lines)-r.head) - 1
}

func (r *ring) last(n int) []api.LogLine {
	r.mu.Lock()
	live := r.lines[r.head:]
	if n < 0 || n > len(live) {
		n = len(live)
	}
	seq := r.first + uint64(len(live)-n)
	picked := append([]storedLine(nil), live[len(live)-n:]...)
	r.mu.Unlock()
	return r.parse(seq, picked)
}

func (r *ring) since(seq uint64, max int) (lines []api.LogLine, dropped uint64) {
	r.mu.Lock()
	live := r.lines[r.head:]
	next := seq + 1
	if next < r.first {
		dropped = r.first - next
		next = r.first
	}
	skip := min(next-r.first, uint64(len(live)))
	live = live[skip:]
	if max >= 0 && len(live) > max {
		live = live[:max]
	}
	picked := append([]storedLine(nil), live...)
	r.mu.Unlock()
	return r.parse(next, picked), dropped
}

// all returns every entry, the number of the first, and whether there were
// others before it.
func (r *ring) all() (lines []storedLine, first uint64, evicted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]storedLine(nil), r.lines[r.head:]...), r.first, r.evicted
}

// parse is called without the lock: lines never change.
func (r *ring) parse(seq uint64, picked []storedLine) []api.LogLine {
	lines := make([]api.LogLine, len(picked))
	for i, e := range picked {
		lines[i] = parseLine(e.raw)
		l := &lines[i]
		l.Seq, l.Service = seq+uint64(i), r.service
		if l.Time.IsZero() {
			l.Time = time.Unix(0, e.time)
		}
	}
	return lines
}
