package jpeg

// block is 8x8 samples, and then their coefficients.
type block [64]float32

// samples turns a component's bytes into numbers around 0. It stretches
// video's 16-235 to the 0-255 that JFIF means: otherwise black looks grey.
type samples [256]float32

func newSamples(fullRange, chroma bool) *samples {
	var s samples
	for i := range s {
		v := float32(i) - 128
		switch {
		case fullRange:
		case chroma:
			v = v * 255 / 224
		default:
			v = (float32(i)-16)*255/219 - 128
		}
		s[i] = min(max(v, -128), 127)
	}
	return &s
}

// load fills b with the block of p whose first sample is x, y. Beyond the
// picture's edge its last samples are repeated.
func (b *block) load(p *plane, x, y int, s *samples) {
	if p.mix != nil {
		p.mix.load(b, p, x, y)
		return
	}
	if x+8 > p.width || y+8 > p.height {
		b.loadEdge(p, x, y, s)
		return
	}
	at := p.offset + x*p.step + y*p.stride
	switch p.step {
	case 1:
		b.loadEach(p.data, at, p.stride, s)
	case 2:
		b.loadSecond(p.data, at, p.stride, s)
	case 4:
		b.loadFourth(p.data, at, p.stride, s)
	default:
		b.loadEdge(p, x, y, s)
	}
}

func (b *block) loadEdge(p *plane, x, y int, s *samples) {
	for j := range 8 {
		row := p.offset + min(y+j, p.height-1)*p.stride
		for i := range 8 {
			b[8*j+i] = s[p.data[row+min(x+i, p.width-1)*p.step]]
		}
	}
}

// The three below differ in a constant, which the compiler makes use of.

func (b *block) loadEach(data []byte, at, stride int, s *samples) {
	for j := 0; j < 64; j += 8 {
		from := data[at : at+8 : at+8]
		to := b[j : j+8 : j+8]
		to[0], to[1], to[2], to[3] = s[from[0]], s[from[1]], s[from[2]], s[from[3]]
		to[4], to[5], to[6], to[7] = s[from[4]], s[from[5]], s[from[6]], s[from[7]]
		at += stride
	}
}

func (b *block) loadSecond(data []byte, at, stride int, s *samples) {
	for j := 0; j < 64; j += 8 {
		from := data[at : at+15 : at+15]
		to := b[j : j+8 : j+8]
		to[0], to[1], to[2], to[3] = s[from[0]], s[from[2]], s[from[4]], s[from[6]]
		to[4], to[5], to[6], to[7] = s[from[8]], s[from[10]], s[from[12]], s[from[14]]
		at += stride
	}
}

func (b *block) loadFourth(data []byte, at, stride int, s *samples) {
	for j := 0; j < 64; j += 8 {
		from := data[at : at+29 : at+29]
		to := b[j : j+8 : j+8]
		to[0], to[1], to[2], to[3] = s[from[0]], s[from[4]], s[from[8]], s[from[12]]
		to[4], to[5], to[6], to[7] = s[from[16]], s[from[20]], s[from[24]], s[from[28]]
		at += stride
	}
}

// transform is the forward DCT after Arai, Agui and Nakajima (Transactions of
// the IEICE E-71, 1988): five multiplications for eight samples. What it
// leaves scaled, the quantisation puts right.
func (b *block) transform() {
	for i := 0; i < 64; i += 8 {
		r := b[i : i+8 : i+8]
		r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7] = transform8(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
	}
	for i := range 8 {
		b[i], b[i+8], b[i+16], b[i+24], b[i+32], b[i+40], b[i+48], b[i+56] =
			transform8(b[i], b[i+8], b[i+16], b[i+24], b[i+32], b[i+40], b[i+48], b[i+56])
	}
}

func transform8(a0, a1, a2, a3, a4, a5, a6, a7 float32) (_, _, _, _, _, _, _, _ float32) {
	const (
		c4     = 0.707106781 // cos(4pi/16)
		c6     = 0.382683433
		c2less = 0.541196100 // cos(2pi/16) - cos(6pi/16)
		c2more = 1.306562965 // cos(2pi/16) + cos(6pi/16)
	)
	s0, d0 := a0+a7, a0-a7
	s1, d1 := a1+a6, a1-a6
	s2, d2 := a2+a5, a2-a5
	s3, d3 := a3+a4, a3-a4

	e0, e3 := s0+s3, s0-s3
	e1, e2 := s1+s2, s1-s2
	z := (e2 + e3) * c4

	o0, o1, o2 := d3+d2, d2+d1, d1+d0
	z5 := (o0 - o2) * c6
	z2 := c2less*o0 + z5
	z4 := c2more*o2 + z5
	z3 := o1 * c4
	p, m := d0+z3, d0-z3
	return e0 + e1, p + z4, e3 + z, m - z2, e0 - e1, m + z2, e3 - z, p - z4
}
