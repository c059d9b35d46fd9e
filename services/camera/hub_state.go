package camera

import (
	"fmt"
	"time"
)

// nextNumber returns the number for the next frame.
func (h *hub) nextNumber() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.number++
	return h.number
}

// count counts a captured frame, with or without clients.
func (h *hub) count(number uint64, captured time.Time) {
	h.mu.Lock()
	h.newest = number
	h.frames++
	h.rate.add(captured)
	h.mu.Unlock()
}

func (h *hub) enter(p phase) {
	h.mu.Lock()
	h.phase = p
	h.mu.Unlock()
	h.updateStatus()
}

// begin records that the source is open.
func (h *hub) begin(about description) {
	h.mu.Lock()
	h.phase, h.about, h.fault, h.failed = running, about, "", time.Time{}
	h.rate = rate{}
	h.lastLeft = time.Now() // linger counts from here if the last client left while it opened
	old := h.latest         // a placeholder
	h.latest = nil
	h.mu.Unlock()
	if old != nil {
		old.release()
	}
	h.updateStatus()
}

// fail shows all clients why there is no frame.
func (h *hub) fail(err error) {
	h.mu.Lock()
	news := h.fault != err.Error()
	due := news || time.Since(h.failed) >= retryEvery
	if due {
		h.failed = time.Now()
	}
	h.phase, h.fault = faulty, err.Error()
	h.rate = rate{}
	h.mu.Unlock()
	if news {
		h.log.Warn("no picture", "source", h.spec, "error", err.Error(), "retry", retryEvery.String())
	}
	h.updateStatus()
	if !due {
		return // it is shown already
	}
	f := h.placeholder("No picture", err.Error())
	f.retain()
	h.publish(f)
	h.mu.Lock()
	viewers := h.viewers
	h.mu.Unlock()
	p := h.viewOf(f)
	for _, v := range viewers {
		v.offer(p)
	}
	f.release()
}

// enterClosed sets a phase without a source, and drops the memory for frames.
func (h *hub) enterClosed(p phase) {
	h.mu.Lock()
	old := h.latest
	h.latest, h.phase, h.failed = nil, p, time.Time{}
	h.rate = rate{}
	h.mu.Unlock()
	if old != nil {
		old.release()
	}
	h.pool.drain()
	h.updateStatus()
}

// placeholder returns a frame that says why there is no frame. The caller must
// release it.
func (h *hub) placeholder(title, reason string) *frame {
	f := h.pool.get()
	f.data = append(f.data, placeholder(h.want.width, h.want.height, title, reason)...)
	f.fault = reason
	f.captured = time.Now()
	f.sequence = h.nextNumber()
	h.mu.Lock()
	h.newest = f.sequence
	h.mu.Unlock()
	return f
}

// updateStatus sets the service's status line if it changed.
func (h *hub) updateStatus() {
	h.telling.Lock()
	defer h.telling.Unlock()
	h.mu.Lock()
	text := h.statusLine()
	h.mu.Unlock()
	if text == h.told {
		return
	}
	h.told = text
	h.say(text)
}

// statusLine is called with mu held.
func (h *hub) statusLine() string {
	switch h.phase {
	case opening:
		if h.fault != "" {
			return h.fault
		}
		if h.spec == "auto" {
			return "looking for a camera"
		}
		return "opening " + h.spec
	case faulty:
		return h.fault
	case running:
		line := "capturing " + h.about.String()
		switch h.users {
		case 0:
			line += ", nobody looks"
		case 1:
			line = "streaming " + h.about.String() + " to 1 client"
		default:
			line = fmt.Sprintf("streaming %s to %d clients", h.about, h.users)
		}
		if h.about.Note != "" {
			line += " (" + h.about.Note + ")"
		}
		return line
	case stopping:
		return "stopping"
	}
	if h.fault != "" {
		return "idle (the last time: " + h.fault + ")"
	}
	return "idle"
}

// state is GET /state. Field names are stable.
type state struct {
	State           string  `json:"state"` // idle, opening, running, faulty, stopping
	Status          string  `json:"status"`
	Source          string  `json:"source"` // as configured
	Device          string  `json:"device"` // the last opened; empty: none yet
	Card            string  `json:"card"`
	Note            string  `json:"note"` // why this device was chosen
	Error           string  `json:"error"`
	Format          string  `json:"format"`
	Width           int     `json:"width"`
	Height          int     `json:"height"`
	FPS             float64 `json:"fps"`         // measured over the last two seconds
	FPSNominal      float64 `json:"fps_nominal"` // of the source; 0: unknown
	Quality         int     `json:"quality"`     // of the JPEG frames; 0 where the camera compresses
	Clients         int     `json:"clients"`
	Capturing       bool    `json:"capturing"`
	Sequence        uint64  `json:"sequence"` // of the newest frame
	Frames          uint64  `json:"frames_total"`
	FrameAgeSeconds float64 `json:"frame_age_seconds"` // of the newest frame; 0: none
	LingerSeconds   float64 `json:"linger_seconds"`
	AlwaysOn        bool    `json:"always_on"`
	FPSSent         float64 `json:"fps_sent"` // to all viewers together
	SentFrames      uint64  `json:"frames_sent_total"`
	SentBytes       uint64  `json:"bytes_sent_total"` // on streams
	EncodeSeconds   float64 `json:"encode_seconds"`   // time to encode the last frame
	Drops           drops   `json:"drops"`
	// Viewers are the streams. A waiting snapshot is a client, but not a viewer.
	Viewers []client `json:"viewers"`
}

// drops counts dropped frames since the start, by reason. The first five concern
// all viewers, the others one viewer each.
type drops struct {
	Damaged   uint64 `json:"damaged"`   // the driver reported incomplete data
	Broken    uint64 `json:"broken"`    // not a JPEG file, or truncated
	Short     uint64 `json:"short"`     // less data than a frame
	Overtaken uint64 `json:"overtaken"` // there was a newer frame already
	Dark      uint64 `json:"dark"`      // while the camera warmed up
	Slow      uint64 `json:"slow"`      // the viewer was busy with the previous one
	FPS       uint64 `json:"fps"`       // the viewer wants fewer
	Same      uint64 `json:"same"`      // the viewer wants changes only
}

// snapshot returns the state at one moment.
func (h *hub) snapshot() state {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := state{
		State: string(h.phase), Status: h.statusLine(), Source: h.spec,
		Device: h.about.Device, Card: h.about.Card, Note: h.about.Note, Error: h.fault,
		Format: h.about.Format, Width: h.about.Width, Height: h.about.Height, Quality: h.about.Quality,
		FPS: h.rate.perSecond(now), FPSNominal: h.about.FPS, Clients: h.users, Capturing: h.phase == running,
		Sequence: h.newest, Frames: h.frames,
		LingerSeconds: h.linger.Seconds(), AlwaysOn: h.always,
	}
	if last := h.rate.last(); !last.IsZero() {
		s.FrameAgeSeconds = now.Sub(last).Seconds()
	}
	s.EncodeSeconds = h.encoding.last.Seconds()
	total := h.sent
	s.Viewers = make([]client, 0, len(h.viewers))
	for _, v := range h.viewers {
		c, counts := v.client(now)
		total.add(counts)
		s.Viewers = append(s.Viewers, c)
		s.FPSSent += c.FPS
	}
	s.SentFrames, s.SentBytes = total.frames, total.bytes
	d := h.drops
	s.Drops = drops{Damaged: d.damaged, Broken: d.broken, Short: d.short, Overtaken: d.overtaken, Dark: d.dark,
		Slow: total.slow, FPS: total.rated, Same: total.same}
	return s
}

// rate measures frames per second over the last two seconds.
type rate struct {
	times [128]time.Time // a ring: enough for 60 frames/s
	n     int
}

func (r *rate) add(t time.Time) {
	r.times[r.n%len(r.times)] = t
	r.n++
}

func (r *rate) last() time.Time {
	if r.n == 0 {
		return time.Time{}
	}
	return r.times[(r.n-1)%len(r.times)]
}

func (r *rate) perSecond(now time.Time) float64 {
	const window = 2 * time.Second
	oldest, count := time.Time{}, 0
	for i := r.n - 1; i >= max(0, r.n-len(r.times)); i-- {
		t := r.times[i%len(r.times)]
		if now.Sub(t) > window {
			break
		}
		oldest = t
		count++
	}
	if count < 2 {
		return 0
	}
	if span := r.last().Sub(oldest).Seconds(); span > 0 {
		return float64(count-1) / span
	}
	return 0
}
