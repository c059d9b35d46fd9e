package camera

import (
	"context"
	"errors"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// session opens the source and publishes its frames until there are no viewers
// (nil), ctx ends, or it fails.
func (h *hub) session(ctx context.Context) error {
	h.enter(opening)
	src, err := h.open(ctx)
	if err != nil {
		return err
	}
	about := src.describe()
	h.begin(about)
	h.restore(h.panel)
	h.log.Info("source opened", "device", about.Device, "card", about.Card, "format", about.Format,
		"width", about.Width, "height", about.Height, "note", about.Note)
	err = h.capture(ctx, src)
	if closeErr := src.close(); closeErr != nil {
		h.log.Warn("source not closed cleanly", "device", about.Device, "error", closeErr.Error())
	}
	h.log.Info("source closed", "device", about.Device)
	return err
}

// statusEvery bounds how often the status line changes. A program that takes
// snapshots joins and leaves many times a second.
const statusEvery = 250 * time.Millisecond

func (h *hub) capture(ctx context.Context, src source) error {
	about, limit := src.describe(), stallAfter
	if about.FPS > 0 {
		limit += time.Duration(2 * float64(time.Second) / about.FPS)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(limit, func() {
		cancel(explain.Errorf("camera-silent", "no picture from %s for %v", about.Device, limit.Round(100*time.Millisecond)))
	})
	defer watchdog.Stop()
	if err := h.warmUp(ctx, src, watchdog, limit); err != nil {
		return err
	}
	var before losses
	var told time.Time
	for ctx.Err() == nil && h.wanted() {
		err := h.captureFrame(ctx, src, limit)
		watchdog.Reset(limit)
		if time.Since(told) >= statusEvery {
			told = time.Now()
			h.updateStatus()
		}
		if l, ok := src.(interface{ losses() losses }); ok {
			now := l.losses()
			h.lost(now.since(before))
			before = now
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// warmUp skips a camera's first frames, which are dark until it has measured
// the light. It takes a second at most.
func (h *hub) warmUp(ctx context.Context, src source, watchdog *time.Timer, limit time.Duration) error {
	if !src.describe().Warms {
		return nil
	}
	began := time.Now()
	for i := 0; i < h.want.warmUp && time.Since(began) < time.Second && h.wanted(); i++ {
		if _, err := src.grab(ctx, h.nextNumber()); err != nil {
			return err
		}
		watchdog.Reset(limit)
		h.mu.Lock()
		h.drops.dark++
		h.mu.Unlock()
	}
	return nil
}

// captureFrame takes one frame from src, and publishes it if it has viewers.
func (h *hub) captureFrame(ctx context.Context, src source, limit time.Duration) error {
	var damage error // of the previous frame
	for {
		number := h.nextNumber()
		captured, err := src.grab(ctx, number)
		if damage != nil && ctx.Err() != nil {
			return explain.Errorf("broken-frames", "%w, and nothing else for %v", damage, limit.Round(100*time.Millisecond))
		}
		if err != nil {
			return err
		}
		if !h.expected(captured) {
			h.count(number, captured)
			return nil
		}
		began := time.Now()
		pieces, err := src.frame()
		if err == nil {
			h.count(number, captured)
			h.encoded(time.Since(began))
			h.deliver(&frameView{pieces: pieces, size: sizeOf(pieces), sequence: number, captured: captured,
				quality: src.describe().Quality, seed: h.seed})
			return nil
		}
		// Single frames may be damaged. It is a failure only if all are.
		if !errors.Is(err, errBrokenFrame) && !errors.Is(err, jpeg.ErrShort) {
			return err
		}
		h.refused(err)
		damage = err
	}
}

// deliver offers p to all viewers without a copy. If snapshots wait, it also
// publishes a copy.
func (h *hub) deliver(p *frameView) {
	h.mu.Lock()
	viewers, waiting := h.viewers, h.waiting
	h.mu.Unlock()
	if waiting > 0 { // first: a snapshot waits for this frame
		h.publish(h.copy(p))
	}
	// The first viewer rotates, so that no viewer is always the last.
	for i := range viewers {
		viewers[(i+int(p.sequence%uint64(len(viewers))))%len(viewers)].offer(p)
	}
}

// copy returns a frame with a copy of p. The caller must release it.
func (h *hub) copy(p *frameView) *frame {
	f := h.pool.get()
	f.data = appendFrom(f.data, p.pieces, 0)
	f.sequence, f.captured, f.fault, f.quality = p.sequence, p.captured, p.fault, p.quality
	return f
}

// viewOf returns a view of f, for viewers. The caller keeps its hold on f.
func (h *hub) viewOf(f *frame) *frameView {
	return &frameView{pieces: [][]byte{f.data}, size: len(f.data), sequence: f.sequence, captured: f.captured,
		fault: f.fault, seed: h.seed}
}
