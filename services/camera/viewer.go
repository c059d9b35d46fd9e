package camera

import (
	"strconv"
	"sync"
	"time"
)

// viewer is a client of the stream. The goroutine that captures offers it each
// picture and never waits for it: what the client's socket does not take at
// once is copied, and written by the client's own goroutine. Until that is
// done the client is busy, and pictures pass it by.
type viewer struct {
	addr   string
	since  time.Time
	period time.Duration // at least this long between two pictures; 0 is all of them
	unlike bool          // pictures that equal the last one are left out
	// quality is what its pictures are compressed to anew, 1-100. Then it
	// fetches them itself, so that who captures does not wait for that. 0 is as they are.
	quality int
	// direct writes what the client can take now, without waiting; ready is
	// false when it is not worth to begin. It is nil where that cannot be done.
	direct func(pieces [][]byte, size int) (n int, ready bool)
	rested chan struct{} // holds a token while rest is to be written

	mu       sync.Mutex
	busy     bool
	gone     bool
	rest     []byte
	head     []byte
	pieces   [][]byte
	due      time.Time // when the next picture may come
	lastSum  uint64
	lastSent time.Time
	counts   viewerCounts
	rate     rate
}

// viewerCounts is what became of the pictures that were offered.
type viewerCounts struct {
	frames, bytes     uint64
	slow, rated, same uint64 // left out: it was busy, asked for fewer, or for changes only
	copied            uint64 // bytes that its socket did not take at once
	age               time.Duration
}

// sameAtLeast is how often an unchanged picture is sent all the same, so that
// a client can tell a still picture from a dead connection.
const sameAtLeast = time.Second

func newViewer(addr string) *viewer {
	return &viewer{addr: addr, since: time.Now(), rested: make(chan struct{}, 1)}
}

// partEnd follows a picture. The boundary that ends it is sent with it, so that
// a browser shows it at once and not with the next one.
const partEnd = "\r\n--" + boundary + "\r\n"

// offer gives p to the client if it wants it and can take it. It does not wait.
func (v *viewer) offer(p *picture) {
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
		v.rested <- struct{}{} // there is room: busy was false
	}
	clear(v.pieces) // the source's memory is not kept
	v.sent(p, size)
}

// takes tells whether the client would be given a picture captured at this
// moment.
func (v *viewer) takes(captured time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.gone && !v.busy && v.quality == 0 && !v.early(captured)
}

// passedBy notes that there was a picture which takes said no to.
func (v *viewer) passedBy(captured time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.quality > 0: // it counts by itself
	case v.early(captured):
		v.counts.rated++
	default:
		v.counts.slow++
	}
}

// early tells whether the client asked for fewer pictures. It is called with
// mu held.
func (v *viewer) early(captured time.Time) bool { return v.period > 0 && captured.Before(v.due) }

// wants tells whether the client asked for pictures like p. It is called with
// mu held.
func (v *viewer) wants(p *picture) bool {
	if p.fault != "" {
		return true
	}
	if v.early(p.captured) {
		v.counts.rated++
		return false
	}
	if v.unlike && p.hash() == v.lastSum && p.captured.Sub(v.lastSent) < sameAtLeast {
		v.counts.same++
		return false
	}
	return true
}

// sent notes that p is on its way.
func (v *viewer) sent(p *picture, size int) {
	v.counts.frames++
	v.counts.bytes += uint64(size)
	v.counts.age = time.Since(p.captured)
	v.rate.add(p.captured)
	v.lastSent = p.captured
	if v.unlike {
		v.lastSum = p.hash()
	}
	if v.period > 0 {
		// Half a period of grace: a camera's pictures do not come to the
		// microsecond, and a client that asks for its rate gets them all.
		if v.due = v.due.Add(v.period); v.due.Before(p.captured.Add(v.period / 2)) {
			v.due = p.captured.Add(v.period / 2)
		}
	}
}

// drained is called when the rest was written.
func (v *viewer) drained() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy = false
}

// leave ends all offers, and returns what became of them.
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
	Seconds     float64 `json:"seconds"` // since it came
	FPS         float64 `json:"fps"`     // sent, over the last two seconds
	Frames      uint64  `json:"frames_total"`
	Bytes       uint64  `json:"bytes_total"`
	AgeSeconds  float64 `json:"frame_age_seconds"` // of the last picture, when it was sent
	Slow        uint64  `json:"dropped_slow"`      // the client had not taken the one before
	Rated       uint64  `json:"dropped_fps"`       // it asked for fewer
	Same        uint64  `json:"dropped_same"`      // it asked for changes only
	CopiedBytes uint64  `json:"copied_bytes_total"`
}

func (v *viewer) client(now time.Time) (client, viewerCounts) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return client{Address: v.addr, Seconds: now.Sub(v.since).Seconds(), FPS: v.rate.perSecond(now),
		Frames: v.counts.frames, Bytes: v.counts.bytes, AgeSeconds: v.counts.age.Seconds(),
		Slow: v.counts.slow, Rated: v.counts.rated, Same: v.counts.same, CopiedBytes: v.counts.copied}, v.counts
}

// appendPartHeader writes what comes before a picture.
func appendPartHeader(b []byte, p *picture) []byte {
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
