package camera

import (
	"context"
	"time"
)

// fetch writes frames in the viewer's quality until ctx ends or the client stops
// reading. Viewers with the same quality share the encoded frames. A slow viewer
// skips to the newest frame.
func (v *viewer) fetch(ctx context.Context, out partWriter, h *hub) {
	for last := uint64(0); ; {
		if !v.waitDue(ctx) {
			return
		}
		f, err := h.after(ctx, func(f *frame) bool {
			return f.sequence > last && (f.fault != "" || !f.captured.Before(v.due))
		})
		if err != nil {
			return
		}
		sent := v.forward(f, last, out, h)
		last = f.sequence
		f.release()
		if !sent {
			return
		}
	}
}

// waitDue waits until the viewer's next frame is due.
func (v *viewer) waitDue(ctx context.Context) bool {
	timer := time.NewTimer(time.Until(v.due))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// forward writes f, which follows frame number last, if the viewer wants it. It
// returns false when the client stops reading.
func (v *viewer) forward(f *frame, last uint64, out partWriter, h *hub) bool {
	p := h.viewOf(f)
	v.mu.Lock()
	if last > 0 && v.period == 0 {
		v.counts.slow += f.sequence - last - 1
	}
	wanted := v.wants(p)
	v.mu.Unlock()
	if !wanted {
		return true
	}
	if f.fault == "" && f.quality != v.quality {
		if data, err := f.inQuality(v.quality); err == nil { // on an error, the original is sent
			p.pieces[0], p.size = data, len(data)
		}
	}
	v.rest = append(append(appendPartHeader(v.rest[:0], p), p.pieces[0]...), partEnd...)
	if out.send(v.rest) != nil {
		return false
	}
	v.mu.Lock()
	v.sent(p, len(v.rest))
	v.mu.Unlock()
	return true
}
