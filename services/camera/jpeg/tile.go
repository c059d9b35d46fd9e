package jpeg

import "encoding/binary"

// tile is 8x8 samples: eight rows of eight bytes, the leftmost the lowest.
type tile [8]uint64

// load fills t with the samples of p from x, y on. Beyond the picture's edge
// its last samples are repeated.
func (t *tile) load(p *plane, x, y int) {
	if p.mix != nil {
		p.mix.load(t, p, x, y)
		return
	}
	at := p.offset + x*p.step + y*p.stride
	switch {
	case x+8 > p.width || y+8 > p.height:
		t.loadEdge(p, x, y)
	case p.step == 1:
		for j := range t {
			t[j] = binary.LittleEndian.Uint64(p.data[at:])
			at += p.stride
		}
	case p.step == 2:
		for j := range t {
			row := p.data[at : at+15 : at+15]
			// The second word ends with the last sample: memory may end there.
			t[j] = everySecond(binary.LittleEndian.Uint64(row)) | everySecond(binary.LittleEndian.Uint64(row[7:])>>8)<<32
			at += p.stride
		}
	case p.step == 4:
		for j := range t {
			row := p.data[at : at+29 : at+29]
			a, b := binary.LittleEndian.Uint64(row), binary.LittleEndian.Uint64(row[8:])
			c, d := binary.LittleEndian.Uint64(row[16:]), binary.LittleEndian.Uint64(row[21:])
			t[j] = everyFourth(a) | everyFourth(b)<<16 | everyFourth(c)<<32 | everyFourth(d>>24)<<48
			at += p.stride
		}
	default:
		t.loadFar(p, at)
	}
}

// everySecond moves bytes 0, 2, 4 and 6 together.
func everySecond(v uint64) uint64 {
	v &= 0x00FF00FF00FF00FF
	v = (v | v>>8) & 0x0000FFFF0000FFFF
	return (v | v>>16) & 0xFFFFFFFF
}

// everyFourth moves bytes 0 and 4 together.
func everyFourth(v uint64) uint64 { return v&0xFF | v>>24&0xFF00 }

// loadFar is load for a rotated picture, whose neighbouring samples are far apart
// in memory.
func (t *tile) loadFar(p *plane, at int) {
	for j := range t {
		var row uint64
		for i, from := 0, at; i < 64; i += 8 {
			row |= uint64(p.data[from]) << i
			from += p.step
		}
		t[j] = row
		at += p.stride
	}
}

func (t *tile) loadEdge(p *plane, x, y int) {
	for j := range t {
		at := p.offset + min(y+j, p.height-1)*p.stride
		var row uint64
		for i := range 8 {
			row |= uint64(p.data[at+min(x+i, p.width-1)*p.step]) << (8 * i)
		}
		t[j] = row
	}
}
