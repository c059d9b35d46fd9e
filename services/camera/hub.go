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
)

const (
	retryEvery = time.Second
	// retryGone is for a camera that is not there: to look costs nothing.
	retryGone = 200 * time.Millisecond
	// stallAfter is how long a source may deliver nothing, beyond the time
	// that its own rate explains, before it is closed and opened again.
	stallAfter = 2 * time.Second
)

// hub owns the source. One goroutine, in run, opens it when somebody looks,
// publishes each picture once for all, and closes it when the last has gone.
// Clients come with join and wait with after.
type hub struct {
	open   opener
	panel  func(path string) (panel, error) // opens a camera's controls
	spec   string                           // what was asked for, for messages
	want   settings
	linger time.Duration
	always bool
	log    *slog.Logger
	say    func(string) // the service's status line
	pool   framePool
	wake   chan struct{} // holds one token: users or the retry need a look

	mu       sync.Mutex
	users    int
	waiting  int       // of them, those who wait for a frame
	viewers  []*viewer // replaced, never changed: who captures reads it without mu
	lastLeft time.Time
	latest   *frame        // nil while idle; the hub holds it
	changed  chan struct{} // closed with each new frame
	number   uint64        // given to the frame that comes next
	newest   uint64        // the number of the newest frame
	frames   uint64        // pictures captured, placeholders not counted
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
	told    string     // the last one
}

// phase is where the hub stands.
type phase string

const (
	idle     phase = "idle"     // the source is closed, nobody looks
	opening  phase = "opening"  // being opened
	running  phase = "running"  // frames come
	faulty   phase = "faulty"   // opening failed or frames stopped; tried again each second
	stopping phase = "stopping" // the service ends
)

func newHub(spec string, open opener, want settings, linger time.Duration, always bool, log *slog.Logger, say func(string)) *hub {
	return &hub{spec: spec, open: open, panel: openPanel, want: want, linger: linger, always: always, log: log, say: say,
		seed: maphash.MakeSeed(), wake: make(chan struct{}, 1), changed: make(chan struct{}), phase: idle}
}

// run serves until ctx ends. Afterwards the source is closed.
func (h *hub) run(ctx context.Context) {
	defer h.rest(stopping)
	for ctx.Err() == nil {
		if !h.wanted() {
			h.rest(idle)
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

// wanted tells whether the source should be open.
func (h *hub) wanted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.always || h.users > 0 {
		return true
	}
	// A source that does not work is not kept for somebody who may come back.
	return h.phase == running && time.Since(h.lastLeft) < h.linger
}

// expected tells whether anybody would take a picture captured at this moment:
// one that nobody takes, since the viewers asked for fewer or still have the
// last one to take, is not even compressed.
func (h *hub) expected(captured time.Time) bool {
	h.mu.Lock()
	viewers, waiting := h.viewers, h.waiting
	h.mu.Unlock()
	if waiting > 0 || slices.ContainsFunc(viewers, func(v *viewer) bool { return v.takes(captured) }) {
		return true
	}
	for _, v := range viewers {
		v.passedBy(captured)
	}
	return false
}

// join makes the source open; leave must follow. v, if there is one, is
// offered each picture from now on, and what is shown instead of one.
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
		v.offer(h.picture(shown))
		shown.release()
	}
	h.poke()
	return sync.OnceFunc(func() {
		h.mu.Lock()
		h.users--
		h.lastLeft = time.Now()
		if v != nil {
			h.viewers = slices.DeleteFunc(slices.Clone(h.viewers), func(other *viewer) bool { return other == v })
			h.sent.add(v.leave())
		}
		h.mu.Unlock()
		h.poke()
	})
}

// poke makes run look again. A token that nobody took yet is enough.
func (h *hub) poke() {
	h.mu.Lock()
	quiet := h.phase == running // who captures says it soon
	h.mu.Unlock()
	if !quiet {
		h.tell()
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// pause waits before the next try. It ends early when nobody is left.
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

// after returns the newest frame as soon as it is one that pick accepts, and
// the caller holds it. It fails only when ctx ends.
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

// publish makes f the newest frame for all. The hub takes over the caller's hold.
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
