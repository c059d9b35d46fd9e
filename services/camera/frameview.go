package camera

import (
	"hash/maphash"
	"time"
)

// frameView is one frame in the memory of its source, often a buffer of the
// driver. It is valid until the source's next frame; keeping it needs a copy.
type frameView struct {
	pieces   [][]byte // together: the JPEG file
	size     int      // bytes in total
	sequence uint64
	captured time.Time // with Go's monotonic reading, so that ages survive a clock change
	// fault is the reason for a placeholder; empty for a frame of the camera.
	fault   string
	quality int // 1-100 if it was encoded here; 0: by the camera

	seed   maphash.Seed
	sum    uint64
	summed bool
}

// hash is equal for equal frames of one hub. It is computed once, when needed.
func (p *frameView) hash() uint64 {
	if !p.summed {
		var h maphash.Hash
		h.SetSeed(p.seed)
		for _, piece := range p.pieces {
			_, _ = h.Write(piece) // never fails
		}
		p.sum, p.summed = h.Sum64(), true
	}
	return p.sum
}

func sizeOf(pieces [][]byte) int {
	n := 0
	for _, piece := range pieces {
		n += len(piece)
	}
	return n
}

// appendFrom appends what comes after the first skip bytes of pieces.
func appendFrom(dst []byte, pieces [][]byte, skip int) []byte {
	for _, piece := range pieces {
		if skip >= len(piece) {
			skip -= len(piece)
			continue
		}
		dst = append(dst, piece[skip:]...)
		skip = 0
	}
	return dst
}
