package jpeg

import (
	"encoding/binary"
	"math/bits"
)

// writer writes entropy-coded data, F.1.2, into room that is made in time.
type writer struct {
	buf    []byte    // all of it may be written
	at     int       // the bytes before it are written
	bits   uint64    // the last pending bits are yet to be written
	nbits  uint32    // fewer than 32 between two calls
	values [64]int32 // of the block at hand, in zigzag order
	place  [64]uint8 // unzigzag
}

// blockRoom is more than a block can take: 64 codes of 16 bits with values of
// 11, each byte perhaps followed by a zero.
const blockRoom = 64*27/8*2 + 16

// room makes sure that n bytes can be written.
func (w *writer) room(n int) {
	if len(w.buf)-w.at >= n {
		return
	}
	grown := make([]byte, max(2*len(w.buf), w.at+n, 64<<10))
	copy(grown, w.buf[:w.at])
	w.buf = grown
}

func (w *writer) put(value, length uint32) {
	w.bits = w.bits<<(length&63) | uint64(value)
	w.nbits += length
	if w.nbits >= 32 {
		w.nbits -= 32
		w.at = appendFour(w.buf, w.at, uint32(w.bits>>(w.nbits&63)))
	}
}

// appendFour writes 32 bits. A byte of ones is followed by a zero, so that no marker
// appears, B.1.1.5.
func appendFour(buf []byte, at int, v uint32) int {
	to := buf[at : at+8 : at+8]
	if v&0x80808080&^(v+0x01010101) == 0 {
		binary.BigEndian.PutUint32(to, v)
		return at + 4
	}
	n := 0
	for shift := 24; shift >= 0; shift -= 8 {
		b := byte(v >> shift)
		to[n&7] = b
		n++
		if b == 0xFF {
			to[n&7] = 0
			n++
		}
	}
	return at + n
}

func (w *writer) one(b byte) {
	w.buf[w.at] = b
	w.at++
	if b == 0xFF {
		w.buf[w.at] = 0
		w.at++
	}
}

// end fills the last byte with ones, as F.1.2.3 wants.
func (w *writer) end() {
	if rest := w.nbits % 8; rest != 0 {
		w.put(1<<(8-rest)-1, 8-rest)
	}
	for ; w.nbits > 0; w.nbits -= 8 {
		w.one(byte(w.bits >> (w.nbits - 8)))
	}
	w.bits = 0
}

// A baseline file has codes for differences of up to 11 bits, and for other
// coefficients of up to 10.
const largest = 1023

// block quantises and writes c. previous is the component's last first
// coefficient; the new one is returned.
func (w *writer) block(c *coefficients, q *quantisation, dc, ac *codes, previous int32) int32 {
	nonzero := w.quantise(c, q)
	first := min(max(w.values[0], -largest), largest)
	magnitude, size := magnitudeOf(first - previous)
	c0 := &dc.of[size&15]
	w.put(c0.bits<<(size&15)|magnitude, c0.length+size)

	// The same as put, with everything in registers.
	pending, n, at := w.bits, w.nbits, w.at
	last := 0
	for nonzero &^= 1; nonzero != 0; nonzero &= nonzero - 1 {
		k := bits.TrailingZeros64(nonzero)
		run := k - last - 1
		last = k
		for ; run > 15; run -= 16 {
			skip := &ac.of[0xF0]
			pending = pending<<(skip.length&63) | uint64(skip.bits)
			if n += skip.length; n >= 32 {
				n -= 32
				at = appendFour(w.buf, at, uint32(pending>>(n&63)))
			}
		}
		var next code
		if v := w.values[k&63]; uint32(v+near) < 2*near {
			next = ac.withValue[(run<<nearBits|int(v+near))&(len(ac.withValue)-1)]
		} else {
			next = ac.far(run, v)
		}
		pending = pending<<(next.length&63) | uint64(next.bits)
		if n += next.length; n >= 32 {
			n -= 32
			at = appendFour(w.buf, at, uint32(pending>>(n&63)))
		}
	}
	w.bits, w.nbits, w.at = pending, n, at
	if last != 63 {
		w.put(ac.of[0].bits, ac.of[0].length)
	}
	return first
}

// magnitudeOf returns the bits that follow a value's code, and how many.
func magnitudeOf(v int32) (magnitude, size uint32) {
	sign := v >> 31
	size = uint32(bits.Len32(uint32((v ^ sign) - sign)))
	return uint32(v+sign) & (1<<(size&31) - 1), size
}

// quantise rounds c into w.values, in zigzag order. It returns one bit for each
// value that is not 0. Others but the first may be left as they were.
func (w *writer) quantise(c *coefficients, q *quantisation) (nonzero uint64) {
	w.values[0] = 0
	c[0] -= q.middle
	for i, v := range c {
		const signs = 1 << 31 * both
		if small := q.small[i]; ((small+v)|(small-v))&signs == 0 {
			continue // as most are
		}
		lower, upper := apart(v)
		nonzero |= w.round(lower, q.inverse[i], w.place[i])
		nonzero |= w.round(upper, q.inverse[i+32], w.place[i+32])
	}
	return nonzero
}

// round stores one coefficient, and returns its bit unless it is 0.
func (w *writer) round(v int64, inverse int32, place uint8) uint64 {
	v = (v*int64(inverse) + 1<<(inverseBits-1)) >> inverseBits
	w.values[place&63] = int32(v)
	return uint64(v|-v) >> 63 << (place & 63)
}
