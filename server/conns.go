package server

import (
	"sync"
	"time"
)

// connSet is every open connection, for the sweeper and for the drain. The
// fast lane sets no deadlines: a timer for each request costs more than to
// look at all connections once a second.
type connSet struct {
	count *counters
	mu    sync.Mutex
	all   map[*conn]struct{}
	ended bool // all have been cut
}

func (set *connSet) add(c *conn) {
	set.count.connections.Add(1)
	set.mu.Lock()
	defer set.mu.Unlock()
	set.all[c] = struct{}{}
}

func (set *connSet) remove(c *conn) {
	set.count.connections.Add(-1)
	set.mu.Lock()
	defer set.mu.Unlock()
	delete(set.all, c)
}

// replace puts now in the place of old and calls start, unless cutAll was called or
// old was closed.
func (set *connSet) replace(old, now *conn, start func()) bool {
	set.mu.Lock()
	defer set.mu.Unlock()
	if s := old.state.Load(); set.ended || s > reading || !old.state.CompareAndSwap(s, closed) {
		return false
	}
	delete(set.all, old)
	set.all[now] = struct{}{}
	start()
	return true
}

// list returns those that pick says yes to.
func (set *connSet) list(pick func(*conn) bool) (picked []*conn) {
	set.mu.Lock()
	defer set.mu.Unlock()
	for c := range set.all {
		if pick(c) {
			picked = append(picked, c)
		}
	}
	return picked
}

// closeIdle closes the connections that are between two requests, or have sent part of
// one. It reports whether none had an unread request.
func (set *connSet) closeIdle() bool {
	all := true
	for _, c := range set.list(func(*conn) bool { return true }) {
		all = c.closeIdle() && all
	}
	return all
}

// cutAll closes all, whatever they do.
func (set *connSet) cutAll() {
	set.mu.Lock()
	set.ended = true
	set.mu.Unlock()
	for _, c := range set.list(func(*conn) bool { return true }) {
		c.cut()
	}
}

// sweep closes the connections of the fast lane that exceed their time, and those of
// either lane whose client does not read its answer. For the rest net/http keeps its
// own deadlines.
func (set *connSet) sweep(now time.Time, header, idle, stall time.Duration) {
	at := now.UnixNano()
	age := func(c *conn) time.Duration { return time.Duration(at - c.since.Load()) }
	for _, c := range set.list(func(c *conn) bool {
		s := c.state.Load()
		return s == waiting && age(c) > idle || s == reading && age(c) > header
	}) {
		c.tooLate()
	}
	for _, c := range set.list(func(c *conn) bool {
		s := c.state.Load()
		return s == answering && age(c) > stall || s == full && c.stalls(at, stall)
	}) {
		set.count.stalled.Add(1)
		c.cut()
	}
}

// hot counts those whose next request is probably on its way, or that net/http
// has not begun to answer: once it shuts down, it drops what it has only read.
func (set *connSet) hot(now time.Time) int {
	n := 0
	set.mu.Lock()
	defer set.mu.Unlock()
	for c := range set.all {
		if c.hot(now) {
			n++
		}
	}
	return n
}

// hot tells whether a drain waits for the connection's next request.
func (c *conn) hot(now time.Time) bool {
	s, age := c.state.Load(), time.Duration(now.UnixNano()-c.since.Load())
	switch {
	case s == answering:
		return true
	case s > full, s == full && c.lastAnswer.Load():
		return false
	case s == full && c.served.Load(): // the header went out before the drain began, or has not yet
		return age < freshGrace
	case c.requestCount.Load() == 0, c.partial.Load(), s == full && !c.pinned:
		return age < freshGrace
	default:
		return age < hotGrace
	}
}

func (set *connSet) empty() bool {
	set.mu.Lock()
	defer set.mu.Unlock()
	return len(set.all) == 0
}
