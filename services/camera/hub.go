package camera

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	retryEvery = time.Second
	// stallAfter is how long a source may deliver nothing, beyond the time
	// that its own rate explains, before it is closed and opened again.
	stallAfter = 2 * time.Second
)

// hub owns the source. One goroutine, in run, opens it when somebody looks,
// publishes each picture once for all, and closes it when the last has gone.
// Clients come with join and wait with after.
type hub struct {
	open   opener
	spec   string // what was asked for, for messages
	want   settings
	linger time.Duration
	always bool
	log    *slog.Logger
	say    func(string) // the service's status line
	pool   framePool
	wake   chan struct{} // holds one token: users or the retry need a look

	mu       sync.Mutex
	users    int
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
	return &hub{spec: spec, open: open, want: want, linger: linger, always: always, log: log, say: say,
		wake: make(chan struct{}, 1), changed: make(chan struct{}), phase: idle}
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
		h.pause(ctx, retryEvery)
	}
}

// session opens the source and publishes its frames until nobody looks (nil),
// ctx ends, or it fails.
func (h *hub) session(ctx context.Context) error {
	h.enter(opening)
	src, err := h.open(ctx)
	if err != nil {
		return err
	}
	about := src.describe()
	h.begin(about)
	h.log.Info("source opened", "device", about.Device, "card", about.Card, "format", about.Format,
		"width", about.Width, "height", about.Height, "note", about.Note)
	err = h.capture(ctx, src)
	if closeErr := src.close(); closeErr != nil {
		h.log.Warn("source not closed cleanly", "device", about.Device, "error", closeErr.Error())
	}
	h.log.Info("source closed", "device", about.Device)
	return err
}

func (h *hub) capture(ctx context.Context, src source) error {
	limit := stallAfter
	if fps := src.describe().FPS; fps > 0 {
		limit += time.Duration(2 * float64(time.Second) / fps)
	}
	for ctx.Err() == nil && h.wanted() {
		if err := h.one(ctx, src, limit); err != nil {
			return err
		}
	}
	return nil
}

// one takes one picture from src, and publishes it if somebody looks.
func (h *hub) one(ctx context.Context, src source, limit time.Duration) error {
	stalled := fmt.Errorf("no picture from %s for %v", src.describe().Device, limit.Round(100*time.Millisecond))
	ctx, cancel := context.WithTimeoutCause(ctx, limit, stalled)
	defer cancel()
	for {
		number := h.nextNumber()
		captured, err := src.grab(ctx, number)
		if err != nil {
			return err
		}
		if !h.watched() {
			h.count(number, captured)
			return nil
		}
		f := h.pool.get()
		f.data, err = src.jpeg(f.data)
		if err == nil {
			f.sequence, f.captured = number, captured
			h.count(number, captured)
			h.publish(f)
			return nil
		}
		f.release()
		// A picture may be damaged on its way; only a camera that sends
		// nothing else is a failure.
		if !errors.Is(err, errBrokenPicture) && !errors.Is(err, errShortPicture) {
			return err
		}
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

// watched tells whether anybody looks at the pictures.
func (h *hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.users > 0
}

// join makes the source open; leave must follow.
func (h *hub) join() (leave func()) {
	h.mu.Lock()
	h.users++
	h.mu.Unlock()
	h.poke()
	return sync.OnceFunc(func() {
		h.mu.Lock()
		h.users--
		h.lastLeft = time.Now()
		h.mu.Unlock()
		h.poke()
	})
}

// poke makes run look again. A token that nobody took yet is enough.
func (h *hub) poke() {
	h.tell()
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
	for {
		h.mu.Lock()
		if h.latest != nil && pick(h.latest) {
			f := h.latest.retain()
			h.mu.Unlock()
			return f, nil
		}
		changed := h.changed
		h.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-changed:
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
