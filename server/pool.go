package server

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// errPoolFull and errPoolTimeout are answered with 503.
var (
	errPoolFull    = explain.Errorf("pool-full", "all workers are busy and the queue is full")
	errPoolTimeout = explain.Errorf("pool-full", "no worker became free in time")
)

// pool bounds the requests in progress (busy) and the waiting ones (queued).
//
// Both numbers are in one atomic word, so taking and returning a free worker needs no
// lock. The invariant is that queued > 0 implies busy == size. A request queues only
// in the same step that finds no worker free. A worker that is returned while a
// request waits goes to the first in line, without becoming free in between. While
// queued > 0 the word changes only under mu, where it agrees with the length of the
// line.
type pool struct {
	size, limit uint32
	timeout     time.Duration
	state       atomic.Uint64 // busy<<32 | queued
	rejected    atomic.Uint64
	waits       histogram

	mu   sync.Mutex
	line list.List // of chan struct{}; closed when a worker is handed over
}

const oneBusy = 1 << 32

func newPool(size, limit int, timeout time.Duration) *pool {
	return &pool{size: uint32(size), limit: uint32(max(limit, 0)), timeout: timeout}
}

func split(state uint64) (busy, queued uint32) { return uint32(state >> 32), uint32(state) }

// load returns how many workers are busy and how many requests wait.
func (p *pool) load() (busy, queued uint32) { return split(p.state.Load()) }

// acquire takes a worker, and waits in line for it if it must. After a nil error, call
// release once.
func (p *pool) acquire(ctx context.Context) error {
	if p.try() {
		return nil
	}
	return p.wait(ctx)
}

// try takes a worker if one is free and the line is empty.
func (p *pool) try() bool {
	for {
		s := p.state.Load()
		if busy, queued := split(s); queued > 0 || busy >= p.size {
			return false
		}
		if p.state.CompareAndSwap(s, s+oneBusy) {
			return true
		}
	}
}

func (p *pool) wait(ctx context.Context) error {
	place, turn, err := p.join()
	if place == nil {
		return err
	}
	start := time.Now()
	defer func() { p.waits.observe(time.Since(start)) }()
	timer := time.NewTimer(p.timeout)
	defer timer.Stop()
	select {
	case <-turn:
		return nil
	case <-timer.C:
		err = errPoolTimeout
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.mu.Lock()
	select {
	case <-turn: // handed over just now: give it to the next
		p.mu.Unlock()
		p.release()
	default:
		p.line.Remove(place)
		p.state.Add(^uint64(0))
		p.mu.Unlock()
	}
	if err == errPoolTimeout {
		p.rejected.Add(1) // a client that left was not rejected
	}
	return err
}

// join takes a place in the line. Without a place the error says why. A nil error
// without a place means that a worker became free, and is taken.
func (p *pool) join() (*list.Element, <-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		s := p.state.Load()
		busy, queued := split(s)
		if queued == 0 && busy < p.size {
			if p.state.CompareAndSwap(s, s+oneBusy) {
				return nil, nil, nil
			}
			continue
		}
		if queued >= p.limit {
			p.rejected.Add(1)
			return nil, nil, errPoolFull
		}
		if p.state.CompareAndSwap(s, s+1) {
			turn := make(chan struct{})
			return p.line.PushBack(turn), turn, nil
		}
	}
}

// release gives a worker back, or to the first in line.
func (p *pool) release() {
	for {
		s := p.state.Load()
		if _, queued := split(s); queued > 0 {
			if p.handOver() {
				return
			}
			continue
		}
		if p.state.CompareAndSwap(s, s-oneBusy) {
			return
		}
	}
}

func (p *pool) handOver() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.line.Front()
	if first == nil {
		return false // the last in line has given up
	}
	p.line.Remove(first)
	p.state.Add(^uint64(0))
	close(first.Value.(chan struct{}))
	return true
}
