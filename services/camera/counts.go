package camera

import (
	"errors"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// dropCounts is why pictures of the source were not served.
type dropCounts struct {
	losses
	broken uint64 // no JPEG file, or cut off
	short  uint64 // less than a picture
	dark   uint64 // left out while the camera warmed up
}

// refused notes a picture that could not be served.
func (h *hub) refused(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if errors.Is(err, jpeg.ErrShort) {
		h.drops.short++
	} else {
		h.drops.broken++
	}
}

// encodeTime is what it took to make a file of each picture.
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

// lost notes pictures that the source left out.
func (h *hub) lost(l losses) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drops.damaged += l.damaged
	h.drops.overtaken += l.overtaken
}

// encodings tells how many pictures were made into files, and in how many seconds.
func (h *hub) encodings() (count uint64, seconds float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.encoding.count, h.encoding.total.Seconds()
}
