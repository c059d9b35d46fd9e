package files

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The directions of a transfer.
const (
	directionDown = "download"
	directionUp   = "upload"
)

// Transfer is one running transfer, as it is shown.
type Transfer struct {
	ID             string    `json:"id"`
	Client         string    `json:"client"`    // its address
	User           string    `json:"user"`      // "*": no password was given
	Link           string    `json:"link"`      // the ID of the link that is used; empty: none
	Direction      string    `json:"direction"` // download or upload
	Path           string    `json:"path"`      // below the shared folder, beginning with /
	DoneBytes      int64     `json:"done_bytes"`
	TotalBytes     int64     `json:"total_bytes"` // -1: not known, as for an archive
	BytesPerSecond float64   `json:"bytes_per_second"`
	Since          time.Time `json:"since"`
	UserAgent      string    `json:"user_agent"`
}

// transfers are the running ones. It is safe for concurrent use.
type transfers struct {
	mu     sync.Mutex
	next   uint64
	all    map[string]*transfer
	barred map[string]time.Time // what was ended by hand, and until when it stays so
}

const (
	// barredFor is how long a client cannot go on with a transfer that was
	// ended by hand: many would at once.
	barredFor = time.Minute
	// maxBarred bounds how many of them are remembered.
	maxBarred = 1024
)

func newTransfers() *transfers {
	return &transfers{all: map[string]*transfer{}, barred: map[string]time.Time{}}
}

// transfer is one on its way.
type transfer struct {
	Transfer
	set    *transfers
	bar    string
	ctx    context.Context
	cancel context.CancelFunc
	ctrl   *http.ResponseController
	done   atomic.Int64

	mu   sync.Mutex
	at   time.Time // of the last sample
	seen int64     // bytes then
	rate float64
}

// begin notes a transfer of total bytes, or of -1, until its end is called. It
// fails when the client's transfer of the same name was just ended by hand.
func (s *transfers) begin(w http.ResponseWriter, r *request, direction, name string, total int64) (*transfer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if wait := s.barred[bar(r.client(), direction, name)].Sub(now); wait > 0 {
		return nil, &refusal{status: http.StatusTooManyRequests, text: "Whoever runs this share has ended this transfer. Try again in " + wait.Round(time.Second).String() + ".",
			header: http.Header{"Retry-After": {strconv.Itoa(int(wait/time.Second) + 1)}}}
	}
	s.next++
	t := &transfer{set: s, bar: bar(r.client(), direction, name), at: now, ctrl: http.NewResponseController(w), Transfer: Transfer{
		ID: strconv.FormatUint(s.next, 10), Client: r.client(), User: r.id.User, Link: r.id.Link, Direction: direction,
		Path: "/" + visible(name), TotalBytes: total, Since: now, UserAgent: visible(shorten(r.UserAgent())),
	}}
	if name == "." {
		t.Path = "/"
	}
	t.ctx, t.cancel = context.WithCancel(r.Context())
	s.all[t.ID] = t
	return t, nil
}

// bar is the same for all transfers of a client that one is ended for.
func bar(client, direction, name string) string {
	return paceOf(client) + "\x00" + direction + "\x00" + name
}

// kickOne ends a transfer and keeps its client from going on with it for a
// while; false when there is none.
func (s *transfers) kickOne(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.all[id]
	if t == nil {
		return false
	}
	maps.DeleteFunc(s.barred, func(_ string, until time.Time) bool { return !until.After(now) })
	if len(s.barred) < maxBarred {
		s.barred[t.bar] = now.Add(barredFor)
	}
	t.kick()
	return true
}

func (t *transfer) end() {
	t.set.mu.Lock()
	delete(t.set.all, t.ID)
	t.set.mu.Unlock()
	t.cancel()
	// The connection may go on to another request.
	_ = t.ctrl.SetReadDeadline(time.Time{})
	_ = t.ctrl.SetWriteDeadline(time.Time{})
}

func (t *transfer) add(n int64) { t.done.Add(n) }

// kick ends a transfer now, whatever it waits for.
func (t *transfer) kick() {
	t.cancel()
	_ = t.ctrl.SetReadDeadline(time.Now())
	_ = t.ctrl.SetWriteDeadline(time.Now())
}

// shown is the transfer as it is now. The rate is that since the last look,
// smoothed.
func (t *transfer) shown(now time.Time) Transfer {
	t.mu.Lock()
	defer t.mu.Unlock()
	done := t.done.Load()
	if passed := now.Sub(t.at).Seconds(); passed >= 0.2 {
		current := float64(done-t.seen) / passed
		if t.rate == 0 {
			t.rate = current
		}
		t.rate += (current - t.rate) * min(1, passed/2)
		t.at, t.seen = now, done
	}
	out := t.Transfer
	out.DoneBytes, out.BytesPerSecond = done, t.rate
	return out
}

// list returns what runs, the oldest first.
func (s *transfers) list(now time.Time) []Transfer {
	s.mu.Lock()
	all := make([]*transfer, 0, len(s.all))
	for _, t := range s.all {
		all = append(all, t)
	}
	s.mu.Unlock()
	list := make([]Transfer, 0, len(all))
	for _, t := range all {
		list = append(list, t.shown(now))
	}
	slices.SortFunc(list, func(a, b Transfer) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	return list
}

// kickLink ends the transfers through a link.
func (s *transfers) kickLink(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.all {
		if t.Link == id {
			t.kick()
		}
	}
}
