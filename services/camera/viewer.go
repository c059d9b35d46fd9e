package camera

import (
	"strconv"
	"sync"
	"time"
)

// viewer is a client of the stream. The capturing goroutine offers it each frame
// and never waits for it. The part that the socket does not take at once is
// copied, and written by the viewer's own goroutine. Until then the viewer is
// busy, and frames are dropped for it.
type viewer struct {
	addr        string
	since       time.Time
	period      time.Duration // the shortest time between two frames; 0: all frames
	changesOnly bool          // frames equal to the last one are skipped
	// quality is the JPEG quality in which the viewer fetches its frames, 1-100, so
	// that the capturing goroutine does not encode them. 0 is the original.
	quality int
	// direct writes as much as the socket takes without waiting. ready is false if
	// the socket still has an older frame. It is nil if that is not possible.
	direct func(pieces [][]byte, size int) (n int, ready bool)
	rested chan struct{} // holds a token while there is a rest to write

	mu       sync.Mutex
	busy     bool
	gone     bool
	rest     []byte
	head     []byte
	pieces   [][]byte
	due      time.Time // the earliest time of the next frame
	lastSum  uint64
	lastSent time.Time
	counts   viewerCounts
	rate     rate
}

// viewerCounts counts the frames that were offered to a viewer.
type viewerCounts struct {
	frames, bytes     uint64
	slow, rated, same uint64 // dropped: it was busy, wants fewer, or wants changes only
	copied            uint64 // bytes that the socket did not take at once
	age               time.Duration
}

// sameAtLeast is how often an unchanged frame is sent, so that a client can
// distinguish a still scene from a dead connection.
const sameAtLeast = time.Second

func newViewer(addr string) *viewer {
	return &viewer{addr: addr, since: time.Now(), rested: make(chan struct{}, 1)}
}

// partEnd follows a frame. It contains the next boundary, so that a browser
// shows the frame at once.
const partEnd = "\r\n--" + boundary + "\r\n"

// offer sends p if the viewer wants it and is not busy. It does not wait.
func (v *viewer) offer(p *frameView) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.gone || v.quality > 0 || !v.wants(p) {
		return
	}
	if v.busy {
		v.counts.slow++
		return
	}
	v.head = appendPartHeader(v.head[:0], p)
	v.pieces = append(append(append(v.pieces[:0], v.head), p.pieces...), []byte(partEnd))
	size := len(v.head) + p.size + len(partEnd)
	n := 0
	if v.direct != nil {
		var ready bool
		if n, ready = v.direct(v.pieces, size); !ready {
			v.counts.slow++
			return
		}
	}
	if n < size {
		v.rest = appendFrom(v.rest[:0], v.pieces, n)
		v.counts.copied += uint64(size - n)
		v.busy = true
		v.rested <- struct{}{} // does not block: busy was false
	}
	clear(v.pieces) // the source reuses its memory
	v.sent(p, size)
}

// takes reports whether the viewer takes a frame captured at this moment.
func (v *viewer) takes(captured time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.gone && !v.busy && v.quality == 0 && !v.early(captured)
}

// skipped counts a frame that takes refused.
func (v *viewer) skipped(captured time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.quality > 0: // fetch counts by itself
	case v.early(captured):
		v.counts.rated++
	default:
		v.counts.slow++
	}
}

// early reports whether the next frame is not yet due. mu is held.
func (v *viewer) early(captured time.Time) bool { return v.period > 0 && captured.Before(v.due) }

// wants reports whether p fits the viewer's parameters. mu is held.
func (v *viewer) wants(p *frameView) bool {
	if p.fault != "" {
		return true
	}
	if v.early(p.captured) {
		v.counts.rated++
		return false
	}
	if v.changesOnly && p.hash() == v.lastSum && p.captured.Sub(v.lastSent) < sameAtLeast {
		v.counts.same++
		return false
	}
	return true
}

// sent counts a frame that was sent. mu is held.
func (v *viewer) sent(p *frameView, size int) {
	v.counts.frames++
	v.counts.bytes += uint64(size)
	v.counts.age = time.Since(p.captured)
	v.rate.add(p.captured)
	v.lastSent = p.captured
	if v.changesOnly {
		v.lastSum = p.hash()
	}
	if v.period > 0 {
		// Half a period of tolerance: frames arrive with jitter, and a viewer that
		// wants the camera's rate gets all frames.
		if v.due = v.due.Add(v.period); v.due.Before(p.captured.Add(v.period / 2)) {
			v.due = p.captured.Add(v.period / 2)
		}
	}
}

// drained records that the rest was written.
func (v *viewer) drained() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy = false
}

// leave ends all offers, and returns the final counts.
func (v *viewer) leave() viewerCounts {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.gone = true
	return v.counts
}

func (c *viewerCounts) add(d viewerCounts) {
	c.frames += d.frames
	c.bytes += d.bytes
	c.slow += d.slow
	c.rated += d.rated
	c.same += d.same
	c.copied += d.copied
}

// client is a viewer as /state shows it.
type client struct {
	Address     string  `json:"address"`
	Seconds     float64 `json:"seconds"` // since it joined
	FPS         float64 `json:"fps"`     // sent, over the last two seconds
	Frames      uint64  `json:"frames_total"`
	Bytes       uint64  `json:"bytes_total"`
	AgeSeconds  float64 `json:"frame_age_seconds"` // of the last frame, when it was sent
	Slow        uint64  `json:"dropped_slow"`      // the client was busy with the previous one
	Rated       uint64  `json:"dropped_fps"`       // it wants fewer
	Same        uint64  `json:"dropped_same"`      // it wants changes only
	CopiedBytes uint64  `json:"copied_bytes_total"`
}

func (v *viewer) client(now time.Time) (client, viewerCounts) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return client{Address: v.addr, Seconds: now.Sub(v.since).Seconds(), FPS: v.rate.perSecond(now),
		Frames: v.counts.frames, Bytes: v.counts.bytes, AgeSeconds: v.counts.age.Seconds(),
		Slow: v.counts.slow, Rated: v.counts.rated, Same: v.counts.same, CopiedBytes: v.counts.copied}, v.counts
}

// appendPartHeader appends the headers of a frame's part.
func appendPartHeader(b []byte, p *frameView) []byte {
	b = append(b, "Content-Type: image/jpeg\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(p.size), 10)
	b = append(b, "\r\nX-Sequence: "...)
	b = strconv.AppendUint(b, p.sequence, 10)
	b = append(b, "\r\nX-Capture-Time: "...)
	b = p.captured.UTC().AppendFormat(b, time.RFC3339Nano)
	if p.fault != "" {
		b = append(b, "\r\nX-Placeholder: 1"...)
	}
	return append(b, "\r\n\r\n"...)
}
