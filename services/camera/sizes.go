package camera

import "fmt"

// sizeRange is what a camera offers for one format: one size, or sizes in
// steps between two.
type sizeRange struct {
	minWidth, maxWidth, stepWidth    int
	minHeight, maxHeight, stepHeight int
}

// String is the size, or both ends and the steps between them.
func (s sizeRange) String() string {
	text := fmt.Sprintf("%dx%d", s.maxWidth, s.maxHeight)
	if s.minWidth != s.maxWidth || s.minHeight != s.maxHeight {
		text = fmt.Sprintf("%dx%d to %s by %dx%d", s.minWidth, s.minHeight, text, max(s.stepWidth, 1), max(s.stepHeight, 1))
	}
	return text
}

// nearestSize picks the offered size nearest to what is wanted; a wanted 0
// does not count. Without offers it returns what is wanted: the driver
// adjusts that by itself.
func nearestSize(offers []sizeRange, width, height int) (int, int) {
	bestWidth, bestHeight, best := width, height, -1
	for _, o := range offers {
		w := nearestStep(o.minWidth, o.maxWidth, o.stepWidth, width)
		h := nearestStep(o.minHeight, o.maxHeight, o.stepHeight, height)
		distance := 0
		if width > 0 {
			distance += abs(w - width)
		}
		if height > 0 {
			distance += abs(h - height)
		}
		if best < 0 || distance < best {
			bestWidth, bestHeight, best = w, h, distance
		}
	}
	return bestWidth, bestHeight
}

func nearestStep(low, high, step, want int) int {
	want = min(max(want, low), high)
	if step <= 1 {
		return want
	}
	return min(low+(want-low+step/2)/step*step, high-(high-low)%step)
}

func abs(n int) int { return max(n, -n) }

// preferredSize is what a camera is asked for when the person asked for
// nothing: compressed pictures may be larger, raw ones fill a USB 2 bus.
func preferredSize(f fourcc, want settings) (int, int) {
	switch {
	case want.width > 0 || want.height > 0:
		return want.width, want.height
	case f.compressed():
		return 1280, 720
	}
	return 640, 480
}
