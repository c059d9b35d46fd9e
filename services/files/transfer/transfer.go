// Package transfer moves bytes between files and clients: it limits the
// bandwidth, counts what was moved, and ends transfers on request.
package transfer

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// pieceTimeout is how long one piece may take. A client slower than 4 KiB/s
	// must not hold a worker.
	pieceTimeout = time.Minute
	// bodyPiece is how much of a body must arrive in that time.
	bodyPiece = 16 << 10
)

// The directions of a transfer.
const (
	Download = "download"
	Upload   = "upload"
)

// Info is one running transfer, as people and programs see it.
type Info struct {
	ID             string    `json:"id"`
	Client         string    `json:"client"`    // its address
	User           string    `json:"user"`      // "*": no password was given
	Link           string    `json:"link"`      // the ID of the link; empty: none
	Direction      string    `json:"direction"` // Download or Upload
	Path           string    `json:"path"`      // below the shared folder, beginning with /
	DoneBytes      int64     `json:"done_bytes"`
	TotalBytes     int64     `json:"total_bytes"` // -1: unknown, as for an archive
	BytesPerSecond float64   `json:"bytes_per_second"`
	Since          time.Time `json:"since"`
	UserAgent      string    `json:"user_agent"`
}

// Transfer is a running transfer. Add and End are safe for concurrent use; the
// rest belongs to the goroutine that serves the request.
type Transfer struct {
	info     Info
	registry *Registry
	banKey   string
	ctx      context.Context
	cancel   context.CancelFunc
	ctrl     *http.ResponseController
	done     atomic.Int64

	mu      sync.Mutex
	sampled time.Time // time of the last sample
	seen    int64     // bytes at that time
	rate    float64
}

// Done is closed when the transfer was ended or its client left.
func (t *Transfer) Done() <-chan struct{} { return t.ctx.Done() }

// Add counts n more bytes as moved.
func (t *Transfer) Add(n int64) { t.done.Add(n) }

// End removes the transfer from its registry. The connection may serve
// another request.
func (t *Transfer) End() {
	t.registry.remove(t)
	t.cancel()
	_ = t.ctrl.SetReadDeadline(time.Time{})
	_ = t.ctrl.SetWriteDeadline(time.Time{})
}

// abort ends a transfer now, whatever it waits for.
func (t *Transfer) abort() {
	t.cancel()
	_ = t.ctrl.SetReadDeadline(time.Now())
	_ = t.ctrl.SetWriteDeadline(time.Now())
}

// snapshot returns the current Info. The rate is the smoothed rate since the
// previous snapshot.
func (t *Transfer) snapshot(now time.Time) Info {
	t.mu.Lock()
	defer t.mu.Unlock()
	done := t.done.Load()
	if passed := now.Sub(t.sampled).Seconds(); passed >= 0.2 {
		current := float64(done-t.seen) / passed
		if t.rate == 0 {
			t.rate = current
		}
		t.rate += (current - t.rate) * min(1, passed/2)
		t.sampled, t.seen = now, done
	}
	out := t.info
	out.DoneBytes, out.BytesPerSecond = done, t.rate
	return out
}

// Send writes length bytes of a reader, in pieces. An *os.File goes out by
// sendfile, since each piece is an io.LimitedReader of it.
func (t *Transfer) Send(w io.Writer, from io.Reader, length int64) error {
	limits, client := t.registry.limits, t.info.Client
	for length > 0 {
		n := min(length, limits.pieceSize(client))
		if err := limits.wait(t.ctx, client, n); err != nil {
			return err
		}
		_ = t.ctrl.SetWriteDeadline(time.Now().Add(pieceTimeout)) // fails in tests without a connection
		sent, err := io.Copy(w, io.LimitReader(from, n))
		t.Add(sent)
		if err == nil && sent < n {
			err = io.ErrUnexpectedEOF // the file shrank
		}
		if err != nil {
			return err
		}
		length -= n
	}
	return t.ctx.Err()
}

// Body wraps the body of an upload. Reads are limited and counted, and fail if
// the client is too slow.
func (t *Transfer) Body(body io.Reader) io.Reader { return &bodyReader{from: body, t: t} }

type bodyReader struct {
	from io.Reader
	t    *Transfer
	rest int64 // bytes until the deadline moves
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	t, limits := b.t, b.t.registry.limits
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	if limits.active(t.info.Client) {
		p = p[:min(int64(len(p)), limits.pieceSize(t.info.Client))]
	}
	if b.rest <= 0 {
		_ = t.ctrl.SetReadDeadline(time.Now().Add(pieceTimeout)) // fails in tests without a connection
		b.rest = bodyPiece
	}
	n, err := b.from.Read(p)
	b.rest -= int64(n)
	t.Add(int64(n))
	if n > 0 && err == nil {
		err = limits.wait(t.ctx, t.info.Client, int64(n))
	}
	return n, err
}
