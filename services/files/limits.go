package files

import (
	"context"
	"io"
	"net/http"
	"sync"
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
)

// limits are the bandwidths of the share and of each client, in bytes per
// second; 0 is none. They can be changed while transfers run.
type limits struct {
	mu        sync.Mutex
	share     pace
	client    int64
	perClient map[string]*pace
}

// pace spaces pieces out: next is when the next one may start.
type pace struct {
	rate int64
	next time.Time
}

func newLimits(share, client int64) *limits {
	return &limits{share: pace{rate: share}, client: client, perClient: map[string]*pace{}}
}

// set changes both.
func (l *limits) set(share, client int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.share.rate, l.client = share, client
	for _, p := range l.perClient {
		p.rate = client
	}
}

func (l *limits) get() (share, client int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.share.rate, l.client
}

// active tells whether there is any limit.
func (l *limits) active() bool {
	share, client := l.get()
	return share > 0 || client > 0
}

// take waits until n more bytes of client may go.
func (l *limits) take(ctx context.Context, client string, n int64) error {
	wait := l.reserve(client, n, time.Now())
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *limits) reserve(client string, n int64, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.share.reserve(n, now)
	if l.client <= 0 {
		return wait
	}
	p := l.perClient[client]
	if p == nil {
		if len(l.perClient) >= maxPaced {
			for key, old := range l.perClient {
				if old.next.Before(now) {
					delete(l.perClient, key)
				}
			}
		}
		p = &pace{rate: l.client}
		l.perClient[client] = p
	}
	return max(wait, p.reserve(n, now))
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
func (l *limits) step() int64 {
	share, client := l.get()
	step := int64(piece)
	for _, rate := range []int64{share, client} {
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
	if p.h.limits.active() {
		b = b[:min(int64(len(b)), p.h.limits.step())]
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
		n := min(length, h.limits.step())
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
