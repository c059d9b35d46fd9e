package camera

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

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

// tellEvery bounds how often the status line changes with those who come and
// go: a program that takes snapshots does so many times a second.
const tellEvery = 250 * time.Millisecond

func (h *hub) capture(ctx context.Context, src source) error {
	about, limit := src.describe(), stallAfter
	if about.FPS > 0 {
		limit += time.Duration(2 * float64(time.Second) / about.FPS)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(limit, func() {
		cancel(fmt.Errorf("no picture from %s for %v", about.Device, limit.Round(100*time.Millisecond)))
	})
	defer watchdog.Stop()
	if err := h.warmUp(ctx, src, watchdog, limit); err != nil {
		return err
	}
	var before losses
	var told time.Time
	for ctx.Err() == nil && h.wanted() {
		err := h.one(ctx, src, limit)
		watchdog.Reset(limit)
		if time.Since(told) >= tellEvery {
			told = time.Now()
			h.tell()
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

// warmUp leaves out a camera's first pictures: until it has measured the
// light, they are dark. A slow camera is not waited for longer than a second.
func (h *hub) warmUp(ctx context.Context, src source, watchdog *time.Timer, limit time.Duration) error {
	if !strings.HasPrefix(src.describe().Device, "/") {
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

// one takes one picture from src, and publishes it if somebody looks.
func (h *hub) one(ctx context.Context, src source, limit time.Duration) error {
	var damage error // of the picture before
	for {
		number := h.nextNumber()
		captured, err := src.grab(ctx, number)
		if damage != nil && ctx.Err() != nil {
			return fmt.Errorf("%w, and nothing else for %v", damage, limit.Round(100*time.Millisecond))
		}
		if err != nil {
			return err
		}
		if !h.expected(captured) {
			h.count(number, captured)
			return nil
		}
		began := time.Now()
		pieces, err := src.picture()
		if err == nil {
			h.count(number, captured)
			h.encoded(time.Since(began))
			h.deliver(&picture{pieces: pieces, size: sizeOf(pieces), sequence: number, captured: captured,
				quality: src.describe().Quality, seed: h.seed})
			return nil
		}
		// A picture may be damaged on its way; only a camera that sends
		// nothing else is a failure.
		if !errors.Is(err, errBrokenPicture) && !errors.Is(err, jpeg.ErrShort) {
			return err
		}
		h.refused(err)
		damage = err
	}
}

// deliver gives p to all who look: to viewers at once, from where it is, and
// a copy to those who wait for a frame, if there are any.
func (h *hub) deliver(p *picture) {
	h.mu.Lock()
	viewers, waiting := h.viewers, h.waiting
	h.mu.Unlock()
	if waiting > 0 { // first: they asked for this one
		h.publish(h.copy(p))
	}
	// Each time another is the first, so that the others are not always later.
	for i := range viewers {
		viewers[(i+int(p.sequence%uint64(len(viewers))))%len(viewers)].offer(p)
	}
}

// copy makes a frame of p, which the caller holds.
func (h *hub) copy(p *picture) *frame {
	f := h.pool.get()
	f.data = appendFrom(f.data, p.pieces, 0)
	f.sequence, f.captured, f.fault, f.quality = p.sequence, p.captured, p.fault, p.quality
	return f
}

// picture returns f for viewers.
func (h *hub) picture(f *frame) *picture {
	return &picture{pieces: [][]byte{f.data}, size: len(f.data), sequence: f.sequence, captured: f.captured, fault: f.fault, seed: h.seed}
}
