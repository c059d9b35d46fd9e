package sample

import "math"

// histogram is a Prometheus histogram: how many observations were at most
// each bound, rising.
type histogram struct {
	bounds []float64 // the last is +Inf
	counts []float64 // cumulative
}

// since returns the histogram of the observations after old. If the bounds differ, or
// old has more in it, the service was started again, and h itself is the answer.
func (h histogram) since(old histogram) histogram {
	if len(old.counts) != len(h.counts) {
		return h
	}
	diff := histogram{bounds: h.bounds, counts: make([]float64, len(h.counts))}
	for i := range h.counts {
		if old.bounds[i] != h.bounds[i] || old.counts[i] > h.counts[i] {
			return h
		}
		diff.counts[i] = h.counts[i] - old.counts[i]
	}
	return diff
}

// quantile estimates the q-quantile by linear interpolation inside its
// bucket, as Prometheus' histogram_quantile does; zero without observations.
func (h histogram) quantile(q float64) float64 {
	if len(h.counts) == 0 {
		return 0
	}
	total := h.counts[len(h.counts)-1]
	if total <= 0 {
		return 0
	}
	rank := q * total
	for i, count := range h.counts {
		if count < rank {
			continue
		}
		lower, below := 0.0, 0.0
		if i > 0 {
			lower, below = h.bounds[i-1], h.counts[i-1]
		}
		if math.IsInf(h.bounds[i], 1) {
			return lower
		}
		value := lower + (h.bounds[i]-lower)*(rank-below)/(count-below)
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return 0 // the service's bounds make no sense
		}
		return value
	}
	return 0
}
