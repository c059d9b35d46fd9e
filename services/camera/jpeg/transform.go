package jpeg

// Two numbers of 32 bits lie in one of 64, and are added, subtracted and
// multiplied at once: that is arithmetic as always, in which the upper number
// has lent the lower one its sign. It holds as long as neither needs more than
// its 32 bits. Whole numbers also mean that a machine without a floating-point
// unit, or an emulated one, is not slow.
const (
	constantBits = 12 // of the cosines' fractions
	keptBits     = 4  // of the fractions after the columns
	// scaleBits is how far the coefficients are shifted to the left in the end.
	scaleBits = constantBits + keptBits

	both = 1<<32 | 1 // times a number: that number twice
	// raised makes the numbers after the columns positive: they are below it.
	raised = 1 << (11 + keptBits)
)

// coefficients of a tile after the transform, row by row. The lower half of number i
// is coefficient i, the upper half i+32.
type coefficients [32]uint64

// transform is the forward DCT after Arai, Agui and Nakajima (Transactions of
// the IEICE E-71, 1988): five multiplications for eight samples. The
// quantisation corrects its scale. Samples count from 0 instead of their middle,
// which affects only the first coefficient.
func (c *coefficients) transform(t *tile) {
	// The columns, two at a time: number i and number i+4.
	const byteOfEach = 0xFF * both
	var columns [4][8]uint64
	for i := range columns {
		at, o := 8*i, &columns[i]
		a0, a1, a2, a3, a4, a5, a6, a7 := transform8(
			t[0]>>at&byteOfEach, t[1]>>at&byteOfEach, t[2]>>at&byteOfEach, t[3]>>at&byteOfEach,
			t[4]>>at&byteOfEach, t[5]>>at&byteOfEach, t[6]>>at&byteOfEach, t[7]>>at&byteOfEach)
		o[0], o[1], o[2], o[3] = settle(a0), settle(a1), settle(a2), settle(a3)
		o[4], o[5], o[6], o[7] = settle(a4), settle(a5), settle(a6), settle(a7)
	}
	// The rows, two at a time: number j and number j+4.
	for j := range 4 {
		a0, a4 := exchange(columns[0][j], columns[0][j+4])
		a1, a5 := exchange(columns[1][j], columns[1][j+4])
		a2, a6 := exchange(columns[2][j], columns[2][j+4])
		a3, a7 := exchange(columns[3][j], columns[3][j+4])
		o := c[8*j : 8*j+8 : 8*j+8]
		o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7] = transform8(a0, a1, a2, a3, a4, a5, a6, a7)
		o[0] -= 8 * raised * (1 << constantBits) * both
	}
}

// settle rounds both numbers to the bits that are kept, and raises them.
func settle(v uint64) uint64 {
	const (
		less  = constantBits - keptBits
		half  = (raised<<less + 1<<(less-1)) * both
		upper = (1<<32>>less - 1) * both
	)
	return (v + half) >> less & upper
}

// exchange makes two rows' pairs of two columns' pairs. Both numbers of each
// are positive.
func exchange(a, b uint64) (left, right uint64) {
	return a&0xFFFFFFFF | b<<32, a>>32 | b&^0xFFFFFFFF
}

// apart returns both numbers.
func apart(v uint64) (lower, upper int64) {
	return int64(int32(v)), int64(v+1<<31) >> 32
}

func transform8(a0, a1, a2, a3, a4, a5, a6, a7 uint64) (_, _, _, _, _, _, _, _ uint64) {
	const (
		one    = 1 << constantBits
		c4     = 2896 // one * cos(4pi/16)
		c6     = 1567 // one * cos(6pi/16)
		c2less = 2217 // one * (cos(2pi/16) - cos(6pi/16))
		c2more = 5352 // one * (cos(2pi/16) + cos(6pi/16))
	)
	s0, d0 := a0+a7, a0-a7
	s1, d1 := a1+a6, a1-a6
	s2, d2 := a2+a5, a2-a5
	s3, d3 := a3+a4, a3-a4

	e0, e3 := s0+s3, (s0-s3)*one
	e1, e2 := s1+s2, s1-s2
	z := e2*c4 + (s0-s3)*c4

	o0, o1, o2 := d3+d2, d2+d1, d1+d0
	z5 := (o0 - o2) * c6
	z2 := o0*c2less + z5
	z4 := o2*c2more + z5
	z3 := o1 * c4
	d0 *= one
	p, m := d0+z3, d0-z3
	return (e0 + e1) * one, p + z4, e3 + z, m - z2, (e0 - e1) * one, m + z2, e3 - z, p - z4
}
