package transfer

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
)

const (
	// banTime is how long a client cannot repeat a transfer that the owner
	// ended: many clients retry at once.
	banTime = time.Minute
	// maxBans bounds the bans that are remembered.
	maxBans = 1024
)

// Registry knows the running transfers. It is safe for concurrent use.
type Registry struct {
	limits *Limits

	mu     sync.Mutex
	nextID uint64
	all    map[string]*Transfer
	bans   map[string]time.Time // end of each ban, by banKey
}

// NewRegistry returns a registry whose transfers obey limits.
func NewRegistry(limits *Limits) *Registry {
	return &Registry{limits: limits, all: map[string]*Transfer{}, bans: map[string]time.Time{}}
}

// Begin registers a transfer of total bytes, or -1 if unknown, until End is
// called. It refuses a transfer that the owner ended a moment ago.
func (s *Registry) Begin(w http.ResponseWriter, r *request.Request, direction, name string,
	total int64) (*Transfer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	key := banKey(r.Client(), direction, name)
	if wait := s.bans[key].Sub(now); wait > 0 {
		return nil, banned(wait)
	}
	s.nextID++
	t := &Transfer{registry: s, banKey: key, sampled: now, ctrl: http.NewResponseController(w), info: Info{
		ID: strconv.FormatUint(s.nextID, 10), Client: r.Client(), User: r.Identity.User, Link: r.Identity.Link,
		Direction: direction, Path: "/" + safetext.Replace(name), TotalBytes: total, Since: now,
		UserAgent: safetext.Replace(names.Shorten(r.UserAgent())),
	}}
	if name == "." {
		t.info.Path = "/"
	}
	t.ctx, t.cancel = context.WithCancel(r.Context())
	s.all[t.info.ID] = t
	return t, nil
}

func banned(wait time.Duration) error {
	return &semantics.Refusal{Status: http.StatusTooManyRequests,
		Text:   "The owner of this share ended this transfer. Try again in " + wait.Round(time.Second).String() + ".",
		Header: http.Header{"Retry-After": {strconv.Itoa(int(wait/time.Second) + 1)}}}
}

// banKey is equal for repetitions of the same transfer by the same client.
func banKey(client, direction, name string) string {
	return clientKey(client) + "\x00" + direction + "\x00" + name
}

func (s *Registry) remove(t *Transfer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, t.info.ID)
}

// Abort ends a transfer and refuses its repetition for a minute. It returns
// false if there is no such transfer.
func (s *Registry) Abort(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.all[id]
	if t == nil {
		return false
	}
	maps.DeleteFunc(s.bans, func(_ string, until time.Time) bool { return !until.After(now) })
	if len(s.bans) < maxBans {
		s.bans[t.banKey] = now.Add(banTime)
	}
	t.abort()
	return true
}

// AbortLink ends the transfers through a link.
func (s *Registry) AbortLink(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.all {
		if t.info.Link == id {
			t.abort()
		}
	}
}

// List returns the running transfers, the oldest first.
func (s *Registry) List(now time.Time) []Info {
	s.mu.Lock()
	all := slices.Collect(maps.Values(s.all))
	s.mu.Unlock()
	list := make([]Info, 0, len(all))
	for _, t := range all {
		list = append(list, t.snapshot(now))
	}
	slices.SortFunc(list, func(a, b Info) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	return list
}
