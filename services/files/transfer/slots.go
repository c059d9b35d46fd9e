package transfer

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/services/files/semantics"
)

const (
	// slotTimeout is how long a request waits for a slot.
	slotTimeout = 20 * time.Second
	// observeTime is how long a waiting request observes the transfers before
	// the slowest one loses its slot.
	observeTime = 10 * time.Second
	// minSlotRate is what a transfer must move in that time to keep its slot, in
	// bytes per second.
	minSlotRate = 64 << 10
)

// Slots limit work that takes a core or much memory, in total and per client.
// Requests wait in order. If none of the slots becomes free, the slowest
// transfer that holds one is ended, so that stalled clients do not block the
// others. Slots are safe for concurrent use.
type Slots struct {
	perClient int
	limits    *Limits

	mu      sync.Mutex
	free    int
	taken   []*Slot
	waiting []*waiter // the longest waiting first
}

// Slot is held until Leave.
type Slot struct {
	of       *Slots
	client   string    // its clientKey
	transfer *Transfer // may be ended for being slow; nil: none
}

// waiter is a request without a slot yet.
type waiter struct {
	client string
	got    chan *Slot // has room for one
}

// NewSlots returns n slots, of which one client holds at most perClient.
func NewSlots(n, perClient int, limits *Limits) *Slots {
	return &Slots{free: n, perClient: perClient, limits: limits}
}

// Enter waits for a slot for an address. After 20 seconds it returns a 503.
func (p *Slots) Enter(ctx context.Context, client string) (*Slot, error) {
	w := &waiter{clientKey(client), make(chan *Slot, 1)}
	p.mu.Lock()
	p.waiting = append(p.waiting, w)
	p.assign()
	before := p.progress()
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, slotTimeout)
	defer cancel()
	observed := time.NewTimer(observeTime)
	defer observed.Stop()
	for {
		select {
		case got := <-w.got:
			return got, nil
		case <-observed.C:
			p.endSlowest(w, before)
		case <-ctx.Done():
			p.giveUp(w)
			return nil, &semantics.Refusal{Status: http.StatusServiceUnavailable,
				Text:   "The server is busy with requests of this kind; try again in a while.",
				Header: http.Header{"Retry-After": {"10"}}}
		}
	}
}

// Leave gives the slot to the next waiting request.
func (s *Slot) Leave() {
	p := s.of
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = slices.DeleteFunc(p.taken, func(other *Slot) bool { return other == s })
	p.free++
	p.assign()
}

// Hold names the transfer that uses the slot. If it is too slow, it is ended.
func (s *Slot) Hold(t *Transfer) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.transfer = t
}

// assign gives free slots to the requests that have waited longest. mu is held,
// here and below.
func (p *Slots) assign() {
	p.waiting = slices.DeleteFunc(p.waiting, func(w *waiter) bool {
		if p.free == 0 || !p.hasRoom(w.client) {
			return false
		}
		s := &Slot{of: p, client: w.client}
		p.free--
		p.taken = append(p.taken, s)
		w.got <- s
		return true
	})
}

// hasRoom reports whether a client may hold one more slot.
func (p *Slots) hasRoom(client string) bool {
	held := 0
	for _, s := range p.taken {
		if s.client == client {
			held++
		}
	}
	return held < p.perClient
}

// progress returns the bytes that each transfer has moved so far.
func (p *Slots) progress() map[*Transfer]int64 {
	done := map[*Transfer]int64{}
	for _, s := range p.taken {
		if s.transfer != nil {
			done[s.transfer] = s.transfer.done.Load()
		}
	}
	return done
}

// endSlowest ends the slowest of the observed transfers, if it is too slow. A
// transfer that our own limits slow down is ended only if it stands still.
func (p *Slots) endSlowest(w *waiter, before map[*Transfer]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.hasRoom(w.client) {
		return // the client waits for its own transfers
	}
	var slowest *Slot
	least := int64(observeTime.Seconds() * minSlotRate)
	for _, s := range p.taken {
		start, observed := before[s.transfer]
		if !observed {
			continue
		}
		moved := s.transfer.done.Load() - start
		if moved < least && (moved == 0 || !p.limits.active(s.client)) {
			slowest, least = s, moved
		}
	}
	if slowest != nil {
		slowest.transfer.abort()
		slowest.transfer = nil // end it once
	}
}

// giveUp stops waiting and returns a slot that arrived at the last moment.
func (p *Slots) giveUp(w *waiter) {
	p.mu.Lock()
	p.waiting = slices.DeleteFunc(p.waiting, func(other *waiter) bool { return other == w })
	p.mu.Unlock()
	select {
	case got := <-w.got:
		got.Leave()
	default:
	}
}
