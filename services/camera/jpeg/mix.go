package jpeg

// mix makes one component of red, green and blue, as JFIF defines it; colour
// is the mean of 2x2 pixels.
type mix struct {
	first, second, third int32 // of the pixel's bytes, in their order, with mixBits
	middle               int32 // with mixBits
}

const mixBits = 16

// appendMixed describes the three components of an RGB picture. Each is
// addressed by pixels of full size.
func (s Shape) appendMixed(to []plane, full plane) []plane {
	const middle = 128 << mixBits
	luma := mix{19595, 38470, 7471, 0}       // 0.299, 0.587, 0.114
	cb := mix{-11058, -21710, 32768, middle} // -0.168736, -0.331264, 0.5
	cr := mix{32768, -27439, -5329, middle}  // 0.5, -0.418688, -0.081312
	full.step = 3
	for i, m := range []mix{luma, cb, cr} {
		if s.Format == BGR24 {
			m.first, m.third = m.third, m.first
		}
		p := full
		p.mix, p.chroma = &m, i > 0
		p.horizontal, p.vertical = 1, 1
		if i == 0 {
			p.horizontal, p.vertical = 2, 2
		}
		to = append(to, p)
	}
	return to
}

// at returns the value of a pixel, or of the sum of 1<<shift pixels.
func (m *mix) at(a, b, c int32, shift int) byte {
	v := (m.first*a+m.second*b+m.third*c)>>shift + m.middle + 1<<(mixBits-1)
	return byte(min(max(v>>mixBits, 0), 255))
}

// load fills t with the samples from pixel x, y on.
func (m *mix) load(t *tile, p *plane, x, y int) {
	for j := range t {
		var row uint64
		for i := range 8 {
			var v byte
			if p.chroma {
				left, right := min(x+2*i, p.width-1), min(x+2*i+1, p.width-1)
				top, bottom := min(y+2*j, p.height-1), min(y+2*j+1, p.height-1)
				a, b, c := p.pixel(left, top)
				for _, at := range [3][2]int{{right, top}, {left, bottom}, {right, bottom}} {
					d, e, f := p.pixel(at[0], at[1])
					a, b, c = a+d, b+e, c+f
				}
				v = m.at(a, b, c, 2)
			} else {
				a, b, c := p.pixel(min(x+i, p.width-1), min(y+j, p.height-1))
				v = m.at(a, b, c, 0)
			}
			row |= uint64(v) << (8 * i)
		}
		t[j] = row
	}
}

func (p *plane) pixel(x, y int) (first, second, third int32) {
	at := p.offset + x*p.step + y*p.stride
	b := p.data[at : at+3 : at+3]
	return int32(b[0]), int32(b[1]), int32(b[2])
}
