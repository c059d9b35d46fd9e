package jpeg

// mix makes one component of red, green and blue, as JFIF defines it; colour
// is the mean of 2x2 pixels.
type mix struct {
	first, second, third float32 // of the pixel's bytes, in their order
	shift                float32
}

// appendMixed describes the three components of an RGB picture. Each is
// addressed by pixels of full size.
func (s Shape) appendMixed(to []plane, full plane) []plane {
	luma := mix{0.299, 0.587, 0.114, -128}
	cb := mix{-0.168735892, -0.331264108, 0.5, 0}
	cr := mix{0.5, -0.418687589, -0.081312411, 0}
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

func (m *mix) at(pixel []byte) float32 {
	return m.first*float32(pixel[0]) + m.second*float32(pixel[1]) + m.third*float32(pixel[2])
}

// load fills b with the block whose first pixel is x, y.
func (m *mix) load(b *block, p *plane, x, y int) {
	for j := range 8 {
		for i := range 8 {
			var v float32
			if p.chroma {
				left, right := min(x+2*i, p.width-1), min(x+2*i+1, p.width-1)
				top, bottom := min(y+2*j, p.height-1), min(y+2*j+1, p.height-1)
				v = 0.25 * (m.at(p.pixel(left, top)) + m.at(p.pixel(right, top)) + m.at(p.pixel(left, bottom)) + m.at(p.pixel(right, bottom)))
			} else {
				v = m.at(p.pixel(min(x+i, p.width-1), min(y+j, p.height-1)))
			}
			b[8*j+i] = v + m.shift
		}
	}
}

func (p *plane) pixel(x, y int) []byte {
	at := p.offset + x*p.step + y*p.stride
	return p.data[at : at+3 : at+3]
}
