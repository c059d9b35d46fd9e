package camera

import "fmt"

// sizeRange is a size that a camera offers, or a range of sizes in steps.
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

// nearestSize picks the offered size nearest to the wanted one; 0 matches any.
// Without offers it returns the wanted size: the driver adjusts it.
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

// preferredSize is the size to request from a camera if none is configured.
// Compressed frames may be larger; raw ones fill a USB 2 bus.
func preferredSize(f fourcc, want settings) (int, int) {
	switch {
	case want.width > 0 || want.height > 0:
		return want.width, want.height
	case f.compressed():
		return 1280, 720
	}
	return 640, 480
}
