package camera

import (
	"errors"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// dropCounts counts dropped frames of the source, by reason.
type dropCounts struct {
	losses
	broken uint64 // not a JPEG file, or truncated
	short  uint64 // less data than a frame
	dark   uint64 // skipped while the camera warmed up
}

// refused counts a frame that could not be served.
func (h *hub) refused(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if errors.Is(err, jpeg.ErrShort) {
		h.drops.short++
	} else {
		h.drops.broken++
	}
}

// encodeTime is the time spent to encode frames.
type encodeTime struct {
	count uint64
	total time.Duration
	last  time.Duration
}

func (h *hub) encoded(took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.encoding.count++
	h.encoding.total += took
	h.encoding.last = took
}

// lost counts frames that the source dropped.
func (h *hub) lost(l losses) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drops.damaged += l.damaged
	h.drops.overtaken += l.overtaken
}

// encodings returns the number of encoded frames, and the seconds it took.
func (h *hub) encodings() (count uint64, seconds float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.encoding.count, h.encoding.total.Seconds()
}
