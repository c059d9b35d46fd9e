package files

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// piece is what is sent or received at once before anybody looks again.
	piece = 256 << 10
	// pieceTime is how long a piece may take: whoever is slower than 4 KiB/s
	// holds a worker for nothing.
	pieceTime = time.Minute
	// bodyPiece is how much of a body has to come in that time.
	bodyPiece = 16 << 10
	// maxPaced bounds the clients whose pace is remembered.
	maxPaced = 4096
	// maxOwn bounds the clients that have a limit of their own.
	maxOwn = 256
)

// limits are the bandwidths of the share and of each client, in bytes per
// second; 0 is none. They can be changed while transfers run.
type limits struct {
	any atomic.Bool // whether there is any; the fast lane asks

	mu        sync.Mutex
	changed   chan struct{} // closed at the next change
	share     pace
	client    int64
	own       map[string]ownRate // of clients with a limit of their own
	perClient map[string]*pace
}

// ownRate is the limit of one client, under the address that it was given for.
type ownRate struct {
	client string
	rate   int64
}

// pace spaces pieces out: next is when the next one may start.
type pace struct {
	rate int64
	next time.Time
}

func newLimits(share, client int64) *limits {
	l := &limits{changed: make(chan struct{}), share: pace{rate: share}, client: client, own: map[string]ownRate{}, perClient: map[string]*pace{}}
	l.any.Store(share > 0 || client > 0)
	return l
}

// paceOf is whose pace a client's is: an address, and with IPv6 its network of
// 64 bits, in which a single machine takes as many addresses as it likes.
func paceOf(client string) string {
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

// set changes the rate of all together, and that of each client that has none
// of its own.
func (l *limits) set(share, client int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.share.change(share)
	l.client = client
	for key, p := range l.perClient {
		if _, own := l.own[key]; !own {
			p.change(client)
		}
	}
	l.tell()
}

// tell wakes those who wait at a rate that is no more. mu is held.
func (l *limits) tell() {
	l.any.Store(l.share.rate > 0 || l.client > 0 || len(l.own) > 0)
	close(l.changed)
	l.changed = make(chan struct{})
}

// setOne gives one client a rate of its own; 0 takes it away again.
func (l *limits) setOne(client string, rate int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := paceOf(client)
	if _, known := l.own[key]; !known && rate > 0 && len(l.own) >= maxOwn {
		return fmt.Errorf("%d clients have a limit of their own already; take one away", maxOwn)
	}
	if l.own[key] = (ownRate{client, rate}); rate <= 0 {
		delete(l.own, key)
		rate = l.client
	}
	if p := l.perClient[key]; p != nil {
		p.change(rate)
	}
	l.tell()
	return nil
}

// change gives a new rate; what was waited for at the old one is forgotten, so
// that a limit that is lifted is lifted at once.
func (p *pace) change(rate int64) { p.rate, p.next = rate, time.Time{} }

func (l *limits) get() Limits {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := Limits{Share: l.share.rate, Client: l.client, Clients: map[string]int64{}}
	for _, o := range l.own {
		out.Clients[o.client] = o.rate
	}
	return out
}

// of is the rate of one client, 0 without.
func (l *limits) of(key string) int64 {
	if o, own := l.own[key]; own {
		return o.rate
	}
	return l.client
}

// active tells whether a client is held back by any limit.
func (l *limits) active(client string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.share.rate > 0 || l.of(paceOf(client)) > 0
}

// take waits until n more bytes of client may go, or until the limits change.
func (l *limits) take(ctx context.Context, client string, n int64) error {
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

func (l *limits) reserve(client string, n int64, now time.Time) (wait time.Duration, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait = l.share.reserve(n, now)
	key := paceOf(client)
	rate := l.of(key)
	if rate <= 0 {
		return wait, l.changed
	}
	p := l.perClient[key]
	if p == nil {
		if len(l.perClient) >= maxPaced {
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

// step is how much goes at once: less when a limit would make it jerky.
func (l *limits) step(client string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	step := int64(piece)
	for _, rate := range []int64{l.share.rate, l.of(paceOf(client))} {
		if rate > 0 {
			step = min(step, max(rate/8, 1<<10))
		}
	}
	return step
}

// pacedReader reads a body no faster than allowed, no slower than is decent,
// and counts.
type pacedReader struct {
	from io.Reader
	h    *handler
	t    *transfer
	left int64 // bytes until the deadline is set anew
	// client whose pace it is.
	client string
}

// paced wraps the body of an upload.
func (h *handler) paced(_ http.ResponseWriter, r *request, body io.Reader, t *transfer) io.Reader {
	return &pacedReader{from: body, h: h, t: t, client: r.client()}
}

// Read implements io.Reader.
func (p *pacedReader) Read(b []byte) (int, error) {
	if err := p.t.ctx.Err(); err != nil {
		return 0, err
	}
	if p.h.limits.active(p.client) {
		b = b[:min(int64(len(b)), p.h.limits.step(p.client))]
	}
	if p.left <= 0 {
		_ = p.t.ctrl.SetReadDeadline(time.Now().Add(pieceTime)) // not possible in tests without a connection
		p.left = bodyPiece
	}
	n, err := p.from.Read(b)
	p.left -= int64(n)
	p.t.add(int64(n))
	if n > 0 && err == nil {
		err = p.h.limits.take(p.t.ctx, p.client, int64(n))
	}
	return n, err
}

// send writes length bytes of a reader, in pieces. An *os.File goes out by
// sendfile, since each piece is a LimitedReader of it.
func (h *handler) send(w io.Writer, from io.Reader, length int64, client string, t *transfer) error {
	for length > 0 {
		n := min(length, h.limits.step(client))
		if err := h.limits.take(t.ctx, client, n); err != nil {
			return err
		}
		_ = t.ctrl.SetWriteDeadline(time.Now().Add(pieceTime)) // not possible in tests without a connection
		done, err := io.Copy(w, io.LimitReader(from, n))
		t.add(done)
		if err == nil && done < n {
			err = io.ErrUnexpectedEOF // the file shrank
		}
		if err != nil {
			return err
		}
		length -= n
	}
	return t.ctx.Err()
}
