package server

import (
	"sync/atomic"
	"time"
)

// stallRate is how much of its answer a client must take, in bytes a second
// over the stall timeout, to be waited for. It is far below any link that a
// person would wait at.
const stallRate = 256

// writing is what the sweeper knows about the writes of a connection that
// net/http has, or a handler.
type writing struct {
	busy  atomic.Int32 // writes in progress
	calls atomic.Uint64

	// The rest is the sweeper's.
	seen  uint64 // calls, when the window began
	since int64  // unix nanoseconds: the start of the window; 0: no write was in progress
	taken uint64 // by the client, when the window began
}

// begin marks a write until the returned function is called.
func (w *writing) begin() (end func()) {
	w.busy.Add(1)
	w.calls.Add(1)
	return w.end
}

func (w *writing) end() { w.busy.Add(-1) }

// stalls reports whether a write waits for a client that has taken less than
// stallRate for as long as limit. It is called by the sweeper only.
func (c *conn) stalls(at int64, limit time.Duration) bool {
	w := &c.writing
	if w.busy.Load() == 0 {
		w.since = 0
		return false
	}
	taken, known := acknowledged(c.Conn)
	calls := w.calls.Load()
	if w.since == 0 || !known && calls != w.seen {
		w.since, w.seen, w.taken = at, calls, taken
		return false
	}
	if age := time.Duration(at - w.since); age < limit {
		return false
	}
	if known && taken-w.taken >= uint64(stallRate*limit.Seconds()) {
		w.since, w.seen, w.taken = at, calls, taken
		return false
	}
	return true
}
