package status

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// Waits between attempts to reach the supervisor.
const (
	retryFirst = 100 * time.Millisecond
	retryMost  = 2 * time.Second
)

// watcher is the part of a client that a hub needs.
type watcher interface {
	Watch(ctx context.Context, fn func(api.Snapshot) error) error
}

// hub keeps the newest snapshot. One watch of the supervisor serves all viewers.
type hub struct {
	upstream watcher

	mu   sync.Mutex
	snap api.Snapshot
	away error         // the error while the supervisor is unreachable; else nil
	wake chan struct{} // closed when snap or away changes
}

func newHub(upstream watcher) *hub {
	return &hub{upstream: upstream, wake: make(chan struct{}), away: errors.New("the supervisor has not answered yet")}
}

// serve watches the supervisor until ctx ends, and reconnects when it is lost.
func (h *hub) serve(ctx context.Context) error {
	wait := retryFirst
	for {
		err := h.upstream.Watch(ctx, func(s api.Snapshot) error {
			wait = retryFirst
			h.set(s, nil)
			return nil
		})
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, client.ErrNoInstance) {
			err = fmt.Errorf("the supervisor is away: %w", err)
		}
		h.set(api.Snapshot{}, err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		wait = min(2*wait, retryMost)
	}
}

// set stores a snapshot. On an error the last one stays, and the page shows it
// as outdated.
func (h *hub) set(s api.Snapshot, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.snap = s
	}
	h.away = err
	close(h.wake)
	h.wake = make(chan struct{})
}

// latest returns the newest snapshot, or an error if it is outdated.
func (h *hub) latest() (api.Snapshot, error) {
	snap, _, away := h.state()
	return snap, away
}

// state returns the values to show, and a channel that is closed when they
// change.
func (h *hub) state() (snap api.Snapshot, changed <-chan struct{}, away error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.snap, h.wake, h.away
}
