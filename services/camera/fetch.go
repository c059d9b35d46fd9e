package camera

import (
	"context"
	"time"
)

// fetch writes pictures in the viewer's quality until ctx ends or the client
// takes nothing more. All who want the same quality of one picture share the
// work; whoever is late gets the newest.
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

// waitDue waits until the client may get another picture.
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

// forward writes f, which follows picture number last, if the client wants it.
// It is false when the client takes nothing more.
func (v *viewer) forward(f *frame, last uint64, out partWriter, h *hub) bool {
	p := h.picture(f)
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
		if data, err := f.inQuality(v.quality); err == nil { // else it is shown as it is
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
