package camera

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/wake"
)

const (
	retryEvery = time.Second
	// retryGone is for a missing camera: checking its path is cheap.
	retryGone = 200 * time.Millisecond
	// stallAfter is how long a source may deliver nothing, in addition to two of
	// its periods, before it is reopened.
	stallAfter = 2 * time.Second
)

// hub owns the source. One goroutine, in run, opens it for the first client,
// publishes each frame once for all clients, and closes it after the last one.
// Clients call join, and wait for frames with after.
type hub struct {
	open   opener
	panel  func(path string) (panel, error) // opens a camera's controls
	spec   string                           // the configured source, for messages
	want   settings
	linger time.Duration
	always bool
	log    *slog.Logger
	say    func(string) // the service's status line
	pool   framePool
	wake   wake.Signal // holds one token: users changed, or a retry is due

	mu       sync.Mutex
	users    int
	waiting  int       // users that wait for a frame
	viewers  []*viewer // replaced, never modified: the capturing goroutine reads it without mu
	lastLeft time.Time
	latest   *frame        // nil while idle; the hub holds it
	changed  chan struct{} // closed with each new frame
	number   uint64        // number of the next frame
	newest   uint64        // number of the newest frame
	frames   uint64        // captured frames, without placeholders
	rate     rate
	phase    phase
	about    description
	fault    string
	drops    dropCounts
	failed   time.Time    // when the newest placeholder was shown
	sent     viewerCounts // of viewers that have left
	encoding encodeTime
	seed     maphash.Seed
	settings map[string]int // controls that were set, by id

	telling sync.Mutex // keeps status lines in their order
	told    string     // the current one
}

// phase is the state of the hub.
type phase string

const (
	idle     phase = "idle"     // the source is closed, there are no clients
	opening  phase = "opening"  // being opened
	running  phase = "running"  // frames come
	faulty   phase = "faulty"   // opening failed or frames stopped; retried each second
	stopping phase = "stopping" // the service ends
)

func newHub(spec string, open opener, want settings, linger time.Duration, always bool, log *slog.Logger,
	say func(string)) *hub {
	return &hub{spec: spec, open: open, panel: openPanel, want: want, linger: linger, always: always, log: log, say: say,
		seed: maphash.MakeSeed(), wake: wake.New(), changed: make(chan struct{}), phase: idle}
}

// run serves until ctx ends. Afterwards the source is closed.
func (h *hub) run(ctx context.Context) {
	defer h.enterClosed(stopping)
	for ctx.Err() == nil {
		if !h.wanted() {
			h.enterClosed(idle)
			select {
			case <-ctx.Done():
			case <-h.wake:
			}
			continue
		}
		err := h.session(ctx)
		if err == nil || errors.Is(err, errReopen) || ctx.Err() != nil {
			continue
		}
		h.fail(err)
		again := retryEvery
		if errors.Is(err, os.ErrNotExist) {
			again = retryGone
		}
		h.pause(ctx, again)
	}
}

// wanted reports whether the source should be open.
func (h *hub) wanted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.always || h.users > 0 {
		return true
	}
	// Lingering makes sense only for a source that works.
	return h.phase == running && time.Since(h.lastLeft) < h.linger
}

// expected reports whether any client takes a frame captured at this moment. A
// frame is not encoded if all viewers are busy or want fewer frames.
func (h *hub) expected(captured time.Time) bool {
	h.mu.Lock()
	viewers, waiting := h.viewers, h.waiting
	h.mu.Unlock()
	if waiting > 0 || slices.ContainsFunc(viewers, func(v *viewer) bool { return v.takes(captured) }) {
		return true
	}
	for _, v := range viewers {
		v.skipped(captured)
	}
	return false
}

// join adds a client, so that the source is open until leave. v, if not nil, is
// offered each frame and placeholder from now on.
func (h *hub) join(v *viewer) (leave func()) {
	h.mu.Lock()
	h.users++
	var shown *frame
	if v != nil {
		h.viewers = append(slices.Clone(h.viewers), v)
		if h.latest != nil && h.latest.fault != "" {
			shown = h.latest.retain()
		}
	}
	h.mu.Unlock()
	if shown != nil {
		v.offer(h.viewOf(shown))
		shown.release()
	}
	h.usersChanged()
	return sync.OnceFunc(func() {
		h.mu.Lock()
		h.users--
		h.lastLeft = time.Now()
		if v != nil {
			h.viewers = slices.DeleteFunc(slices.Clone(h.viewers), func(other *viewer) bool { return other == v })
			h.sent.add(v.leave())
		}
		h.mu.Unlock()
		h.usersChanged()
	})
}

// usersChanged wakes run. A token that is still there is enough.
func (h *hub) usersChanged() {
	h.mu.Lock()
	quiet := h.phase == running // capture updates the status soon
	h.mu.Unlock()
	if !quiet {
		h.updateStatus()
	}
	h.wake.Set()
}

// pause waits before the next try. It ends early when the last client leaves.
func (h *hub) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for h.wanted() {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-h.wake:
		}
	}
}

// after waits for a newest frame that pick accepts. The caller must release it.
// It fails only when ctx ends.
func (h *hub) after(ctx context.Context, pick func(*frame) bool) (*frame, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting++
	defer func() { h.waiting-- }()
	for {
		if h.latest != nil && pick(h.latest) {
			return h.latest.retain(), nil
		}
		changed := h.changed
		h.mu.Unlock()
		select {
		case <-ctx.Done():
			h.mu.Lock()
			return nil, context.Cause(ctx)
		case <-changed:
			h.mu.Lock()
		}
	}
}

// publish makes f the newest frame. The hub takes over the caller's reference.
func (h *hub) publish(f *frame) {
	h.mu.Lock()
	old := h.latest
	h.latest = f
	changed := h.changed
	h.changed = make(chan struct{})
	h.mu.Unlock()
	close(changed)
	if old != nil {
		old.release()
	}
}
