package transfer

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxPieceSize is the largest number of bytes sent at once.
	maxPieceSize = 256 << 10
	// maxPacedClients bounds the clients whose pace is remembered.
	maxPacedClients = 4096
	// maxOwnLimits bounds the clients that have a limit of their own.
	maxOwnLimits = 256
)

// Rates are the bandwidth limits in bytes per second; 0 means no limit.
type Rates struct {
	Share   int64            `json:"share_bytes_per_second"`  // all clients together
	Client  int64            `json:"client_bytes_per_second"` // each client
	Clients map[string]int64 `json:"clients"`                 // clients with a limit of their own, by address
}

// Limits enforces the bandwidth limits. They can change while transfers run.
// It is safe for concurrent use.
type Limits struct {
	limited atomic.Bool // whether there is any limit; the fast lane reads it

	mu        sync.Mutex
	changed   chan struct{} // closed at the next change
	share     pace
	client    int64
	own       map[string]ownRate // clients with a limit of their own
	perClient map[string]*pace
}

// ownRate is the limit of one client, under the address that was configured.
type ownRate struct {
	client string
	rate   int64
}

// pace spreads pieces over time. next is the earliest start of the next piece.
type pace struct {
	rate int64
	next time.Time
}

// NewLimits returns limits for the share and for each client, in bytes per
// second; 0 means no limit.
func NewLimits(share, client int64) *Limits {
	l := &Limits{changed: make(chan struct{}), share: pace{rate: share}, client: client,
		own: map[string]ownRate{}, perClient: map[string]*pace{}}
	l.limited.Store(share > 0 || client > 0)
	return l
}

// Limited reports whether any limit is set.
func (l *Limits) Limited() bool { return l.limited.Load() }

// clientKey is an IPv4 address, or the /64 network of an IPv6 address: one
// machine can use every address of its network.
func clientKey(client string) string {
	addr, err := netip.ParseAddr(client)
	if err != nil || addr.Is4() || addr.Is4In6() {
		return client
	}
	network, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return client
	}
	return network.String()
}

// Set changes the limit of the share, and that of each client without a limit
// of its own.
func (l *Limits) Set(share, client int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.share.change(share)
	l.client = client
	for key, p := range l.perClient {
		if _, own := l.own[key]; !own {
			p.change(client)
		}
	}
	l.wakeWaiters()
}

// wakeWaiters ends all waits at a previous rate. mu is held.
func (l *Limits) wakeWaiters() {
	l.limited.Store(l.share.rate > 0 || l.client > 0 || len(l.own) > 0)
	close(l.changed)
	l.changed = make(chan struct{})
}

// SetClient gives one client a limit of its own; 0 removes it.
func (l *Limits) SetClient(client string, rate int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := clientKey(client)
	if _, known := l.own[key]; !known && rate > 0 && len(l.own) >= maxOwnLimits {
		return fmt.Errorf("%d clients have a limit of their own already; take one away", maxOwnLimits)
	}
	if l.own[key] = (ownRate{client, rate}); rate <= 0 {
		delete(l.own, key)
		rate = l.client
	}
	if p := l.perClient[key]; p != nil {
		p.change(rate)
	}
	l.wakeWaiters()
	return nil
}

// change sets a new rate. It forgets the waiting time of the previous rate, so
// that removing a limit takes effect at once.
func (p *pace) change(rate int64) { p.rate, p.next = rate, time.Time{} }

// Rates returns the current limits.
func (l *Limits) Rates() Rates {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := Rates{Share: l.share.rate, Client: l.client, Clients: map[string]int64{}}
	for _, o := range l.own {
		out.Clients[o.client] = o.rate
	}
	return out
}

// rateOf is the limit of one client, 0 without. mu is held.
func (l *Limits) rateOf(key string) int64 {
	if o, own := l.own[key]; own {
		return o.rate
	}
	return l.client
}

// active reports whether any limit slows this client.
func (l *Limits) active(client string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.share.rate > 0 || l.rateOf(clientKey(client)) > 0
}

// wait returns when n more bytes of client may go, or when the limits change.
func (l *Limits) wait(ctx context.Context, client string, n int64) error {
	wait, changed := l.reserve(client, n, time.Now())
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Limits) reserve(client string, n int64, now time.Time) (wait time.Duration, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait = l.share.reserve(n, now)
	key := clientKey(client)
	rate := l.rateOf(key)
	if rate <= 0 {
		return wait, l.changed
	}
	p := l.perClient[key]
	if p == nil {
		if len(l.perClient) >= maxPacedClients {
			maps.DeleteFunc(l.perClient, func(_ string, old *pace) bool { return old.next.Before(now) })
		}
		p = &pace{rate: rate}
		l.perClient[key] = p
	}
	return max(wait, p.reserve(n, now)), l.changed
}

func (p *pace) reserve(n int64, now time.Time) time.Duration {
	if p.rate <= 0 {
		return 0
	}
	if p.next.Before(now) {
		p.next = now
	}
	wait := p.next.Sub(now)
	p.next = p.next.Add(time.Duration(float64(n) / float64(p.rate) * float64(time.Second)))
	return wait
}

// pieceSize is how many bytes go at once. Under a limit it is an eighth of a
// second, so that the transfer flows evenly.
func (l *Limits) pieceSize(client string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := int64(maxPieceSize)
	for _, rate := range []int64{l.share.rate, l.rateOf(clientKey(client))} {
		if rate > 0 {
			size = min(size, max(rate/8, 1<<10))
		}
	}
	return size
}
