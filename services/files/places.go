package files

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// placeWait is how long a request waits for a place.
	placeWait = 20 * time.Second
	// watched is how long one who waits looks on before another loses its place
	// for being slow.
	watched = 10 * time.Second
	// slowRate is what a transfer has to do in that time to keep its place, in
	// bytes per second.
	slowRate = 64 << 10
)

// places are for work that takes a core or much memory: only so many at once,
// and only so many of one client. Whoever waits gets the next that is free; if
// none becomes free, the slowest transfer that holds one up has to leave, so
// that a few stalled clients do not keep everybody else out. Nobody is ended
// while nobody waits. It is safe for concurrent use.
type places struct {
	most   int // of one client
	limits *limits

	mu      sync.Mutex
	free    int
	taken   []*place
	waiting []*waiter // the longest first
}

// place is one that is taken, until leave.
type place struct {
	of       *places
	client   string    // as paceOf has it
	transfer *transfer // that may be ended for being slow; nil: nothing may
}

// waiter is a request without a place yet.
type waiter struct {
	client string
	got    chan *place // holds one
}

func newPlaces(n, most int, l *limits) *places { return &places{free: n, most: most, limits: l} }

// enter waits for a place of a client.
func (p *places) enter(ctx context.Context, client string) (*place, error) {
	w := &waiter{paceOf(client), make(chan *place, 1)}
	p.mu.Lock()
	p.waiting = append(p.waiting, w)
	p.give()
	before := p.progress()
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, placeWait)
	defer cancel()
	look := time.NewTimer(watched)
	defer look.Stop()
	for {
		select {
		case got := <-w.got:
			return got, nil
		case <-look.C:
			p.displace(w, before)
		case <-ctx.Done():
			p.giveUp(w)
			return nil, &refusal{status: http.StatusServiceUnavailable, text: "Too many of these are being made already; try again in a while.", header: http.Header{"Retry-After": {"10"}}}
		}
	}
}

// leave gives the place to one who waits.
func (s *place) leave() {
	p := s.of
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = slices.DeleteFunc(p.taken, func(other *place) bool { return other == s })
	p.free++
	p.give()
}

// hold says which transfer has the place, and may lose it.
func (s *place) hold(t *transfer) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.transfer = t
}

// give gives what is free to those who have waited longest. mu is held, here
// and below.
func (p *places) give() {
	p.waiting = slices.DeleteFunc(p.waiting, func(w *waiter) bool {
		if p.free == 0 || !p.room(w.client) {
			return false
		}
		s := &place{of: p, client: w.client}
		p.free--
		p.taken = append(p.taken, s)
		w.got <- s
		return true
	})
}

// room tells whether a client may have one more.
func (p *places) room(client string) bool {
	held := 0
	for _, s := range p.taken {
		if s.client == client {
			held++
		}
	}
	return held < p.most
}

// progress is how far each transfer is.
func (p *places) progress() map[*transfer]int64 {
	done := map[*transfer]int64{}
	for _, s := range p.taken {
		if s.transfer != nil {
			done[s.transfer] = s.transfer.done.Load()
		}
	}
	return done
}

// displace ends the slowest transfer of those that were there before, if it is
// too slow. Where this share's own limits make it slow, it has to stand still.
func (p *places) displace(w *waiter, before map[*transfer]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.room(w.client) {
		return // it has to wait for itself
	}
	var slowest *place
	least := int64(watched.Seconds() * slowRate)
	for _, s := range p.taken {
		past, was := before[s.transfer]
		if !was {
			continue
		}
		done := s.transfer.done.Load() - past
		if done < least && (done == 0 || !p.limits.active(s.client)) {
			slowest, least = s, done
		}
	}
	if slowest != nil {
		slowest.transfer.kick()
		slowest.transfer = nil // once is enough
	}
}

// giveUp ends the waiting, and gives back what came at the last moment.
func (p *places) giveUp(w *waiter) {
	p.mu.Lock()
	p.waiting = slices.DeleteFunc(p.waiting, func(other *waiter) bool { return other == w })
	p.mu.Unlock()
	select {
	case got := <-w.got:
		got.leave()
	default:
	}
}
