package camera

import (
	"hash/maphash"
	"time"
)

// picture is one JPEG file where its source keeps it: for a camera that
// compresses by itself, the driver's own buffer. It is valid until the source's
// next one, so whoever wants to keep it copies it.
type picture struct {
	pieces   [][]byte // one after the other, the file
	size     int      // bytes in all
	sequence uint64
	captured time.Time // with Go's monotonic reading, so that ages survive a clock change
	// fault is why this is a placeholder instead of the camera's picture;
	// empty for a picture.
	fault   string
	quality int // it was compressed here, 1-100; 0: by the camera

	seed   maphash.Seed
	sum    uint64
	summed bool
}

// hash is equal for equal pictures of one hub. It is made once, when first asked for.
func (p *picture) hash() uint64 {
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
