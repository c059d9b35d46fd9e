package chart

import (
	"math"
	"time"
)

// Span is how far back a History is shown.
type Span struct {
	Name string
	Of   time.Duration
}

// resolution is one of the ways in which a History keeps its values: one for each
// step of time.
type resolution struct {
	span Span
	step time.Duration
}

// points is how many values a resolution keeps.
const points = 180

func resolutions() []resolution {
	return []resolution{
		{Span{"1m", time.Minute}, time.Second / 3},
		{Span{"15m", 15 * time.Minute}, 5 * time.Second},
		{Span{"1h", time.Hour}, 20 * time.Second},
	}
}

// Spans lists how far back a History goes, the shortest span first.
func Spans() []Span {
	var spans []Span
	for _, r := range resolutions() {
		spans = append(spans, r.span)
	}
	return spans
}

// History keeps one measure over the last hour, in less detail the older it
// is. The zero value is empty.
type History struct {
	rings [3]ring
}

// ring holds the highest value of each step.
type ring struct {
	values [points]float32
	last   int64 // number of the newest step; 0: none yet
	first  int64
}

// Add records a value that was measured at this time. Times must not decrease.
func (h *History) Add(at time.Time, v float64) {
	for i, r := range resolutions() {
		h.rings[i].add(at.UnixNano()/int64(r.step), float32(v))
	}
}

func (r *ring) add(step int64, v float32) {
	switch {
	case r.last == 0 || step-r.last >= points:
		r.first, r.last = step, step-1
	case step < r.last:
		return // a later value was recorded already
	}
	for ; r.last < step; r.last++ {
		r.values[(r.last+1)%points] = float32(math.NaN())
	}
	if old := &r.values[step%points]; math.IsNaN(float64(*old)) || v > *old {
		*old = v
	}
}

// filled is how many steps without a value repeat the previous one. A sample
// comes once a second, and sometimes a little later.
const filled = 4

// Values are the values of the ith span up to now, the oldest first. They are NaN
// where nothing was measured.
func (h *History) Values(i int, now time.Time) []float64 {
	step := resolutions()[i].step
	r := &h.rings[i]
	count := int(resolutions()[i].span.Of / step)
	end := now.UnixNano() / int64(step)
	out := make([]float64, count)
	known, age := math.NaN(), 0
	for k := -filled; k < count; k++ {
		at := end - int64(count-1-k)
		v := math.NaN()
		if r.last != 0 && at >= r.first && at <= r.last && at > r.last-points {
			v = float64(r.values[at%points])
		}
		if math.IsNaN(v) {
			if age++; age > filled {
				known = math.NaN()
			}
		} else {
			known, age = v, 0
		}
		if k >= 0 {
			out[k] = known
		}
	}
	return out
}
