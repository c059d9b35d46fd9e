package jpeg

import (
	"math"
	"math/rand/v2"
	"testing"
)

// basis is the cosine by which the sample at x counts in the coefficient u.
func basis(x, u int) float64 {
	scale := 0.5
	if u == 0 {
		scale = math.Sqrt2 / 4
	}
	return scale * math.Cos(float64((2*x+1)*u)*math.Pi/16)
}

// TestTransformIsTheCosineTransform compares with the definition, A.3.3, for
// noise and for the tiles that make each coefficient as large as it gets:
// numbers that need more bits than they have would show.
func TestTransformIsTheCosineTransform(t *testing.T) {
	var tiles [][64]byte
	for u := range 64 {
		var most, least [64]byte
		for i := range 64 {
			if basis(i%8, u%8)*basis(i/8, u/8) > 0 {
				most[i] = 255
			} else {
				least[i] = 255
			}
		}
		tiles = append(tiles, most, least)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		var noise [64]byte
		for i := range noise {
			noise[i] = byte(rng.Uint32())
			if rng.IntN(2) == 0 {
				noise[i] = byte(rng.IntN(2) * 255)
			}
		}
		tiles = append(tiles, noise)
	}
	var scale [8]float64
	for i := range scale {
		scale[i] = math.Cos(float64(i)*math.Pi/16) * math.Sqrt2
	}
	scale[0] = 1
	worst := 0.0
	for _, samples := range tiles {
		var in tile
		for i, v := range samples {
			in[i/8] |= uint64(v) << (i % 8 * 8)
		}
		var c coefficients
		c.transform(&in)
		for i, pair := range c {
			lower, upper := apart(pair)
			for half, got := range []int64{lower, upper} {
				u := i + 32*half
				want := 0.0
				for at, v := range samples {
					want += float64(v) * basis(at%8, u%8) * basis(at/8, u/8)
				}
				worst = max(worst, math.Abs(float64(got)/(8*scale[u/8]*scale[u%8]*(1<<scaleBits))-want))
			}
		}
	}
	if worst > 0.4 {
		t.Errorf("a coefficient is off by %.3f", worst)
	}
	t.Logf("off by %.3f at most", worst)
}
