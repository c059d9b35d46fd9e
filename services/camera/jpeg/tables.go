package jpeg

import "math"

// zigzag is the order in which a block's coefficients are written, Figure A.6.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// unzigzag is where each coefficient is in that order.
func unzigzag() (place [64]uint8) {
	for k, at := range zigzag {
		place[at] = uint8(k)
	}
	return place
}

// annexK is the quantisation of Tables K.1 and K.2, row by row.
var annexK = [2][64]int{{
	16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
}, {
	17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
	24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
	99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
}}

// quantisation divides coefficients, for one kind of component.
type quantisation struct {
	steps   [64]uint8  // in zigzag order, as the file has them
	inverse [64]int32  // of the step, and of the scale that transform leaves, with inverseBits
	small   [32]uint64 // values up to this size become 0; in pairs like the coefficients
	middle  uint64     // the first coefficient of a tile of mean brightness
}

// inverseBits is how far the inverse is shifted to the left: that of the
// smallest step and scale then needs 31 bits, of the largest 18.
const inverseBits = 46

// levels is the range of a component's samples: JFIF's 0-255 with 128 as the
// middle, or video's 16-235, and 16-240 for colour.
type levels struct{ middle, stretch float64 }

func newLevels(fullRange, chroma bool) levels {
	switch {
	case fullRange:
		return levels{128, 1}
	case chroma:
		return levels{128, 255. / 224}
	}
	return levels{16 + 128*219./255, 255. / 219}
}

// set makes it the tables of Annex K for a quality of 1 to 100, scaled as the
// Independent JPEG Group's programs do: 50 leaves them as they are.
func (q *quantisation) set(base *[64]int, quality int, l levels) {
	percent := 200 - 2*quality
	if quality < 50 {
		percent = 5000 / quality
	}
	var scale [8]float64
	for i := range scale {
		scale[i] = math.Cos(float64(i)*math.Pi/16) * math.Sqrt2
	}
	scale[0] = 1
	for k, at := range zigzag {
		step := min(max((base[at]*percent+50)/100, 1), 255)
		q.steps[k] = uint8(step)
		size := float64(step) * scale[at/8] * scale[at%8] * 8 * (1 << scaleBits)
		q.inverse[at] = int32(math.Round(l.stretch * (1 << inverseBits) / size))
	}
	for i := range q.small {
		lower := (1<<(inverseBits-1) - 1) / uint64(q.inverse[i])
		upper := (1<<(inverseBits-1) - 1) / uint64(q.inverse[i+32])
		q.small[i] = lower | upper<<32
	}
	q.middle = uint64(math.Round(64 * l.middle * (1 << scaleBits)))
}

// code is a Huffman code.
type code struct {
	bits   uint32
	length uint32
}

// codes are the codes of a Huffman table, for each value of it.
type codes struct {
	of [256]code
	// withValue is, for a coefficient after 0 to 15 zeros, the code and the
	// coefficient's own bits: most coefficients are near 0.
	withValue [16 * 2 * near]code
}

const (
	nearBits = 5
	near     = 1 << (nearBits - 1)
)

// newCodes assigns codes as in Annex C. counts is the number of codes of each
// length; values are their meanings, the shortest code first.
func newCodes(counts [16]uint8, values []uint8) *codes {
	var c codes
	next, at := uint32(0), 0
	for i, count := range counts {
		for range count {
			c.of[values[at]] = code{next, uint32(i + 1)}
			next++
			at++
		}
		next <<= 1
	}
	for i := range c.withValue {
		c.withValue[i] = c.far(i>>nearBits, int32(i%(2*near)-near))
	}
	return &c
}

// far returns the code and the bits of a coefficient of any size, after run zeros.
func (c *codes) far(run int, v int32) code {
	magnitude, size := magnitudeOf(min(max(v, -largest), largest))
	of := c.of[(uint32(run)<<4|size)&0xFF]
	return code{of.bits<<(size&15) | magnitude, of.length + size}
}
