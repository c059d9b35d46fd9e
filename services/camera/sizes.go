package camera

// sizeRange is what a camera offers for one format: one size, or sizes in
// steps between two.
type sizeRange struct {
	minWidth, maxWidth, stepWidth    int
	minHeight, maxHeight, stepHeight int
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
