// Package report turns measurements into Markdown tables and plots.
package report

import (
	"fmt"
	"math"
	"slices"
)

// Sample is what one figure was in each round, in the order of the rounds.
type Sample []float64

// Median is the middle value, or the mean of the two in the middle; NaN of
// no values.
func (s Sample) Median() float64 { return s.Quantile(0.5) }

// Quantile is the value below which the part q (0 to 1) of the sample lies,
// interpolated linearly between neighbours; NaN of no values.
func (s Sample) Quantile(q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	at := min(max(q, 0), 1) * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// Ratios divides round by round: a machine that was slower for a while was so
// for both. Rounds that only one of them has, or where base is 0, are left out.
func (s Sample) Ratios(base Sample) Sample {
	var out Sample
	for i := range min(len(s), len(base)) {
		if base[i] != 0 {
			out = append(out, s[i]/base[i])
		}
	}
	return out
}

// Spread prints the median with the least and the greatest value, such as
// "0.53 (0.50–0.61)", and a dash for no values.
func (s Sample) Spread() string {
	if len(s) == 0 {
		return "–"
	}
	if len(s) == 1 {
		return fmt.Sprintf("%.2f", s[0])
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.Median(), slices.Min(s), slices.Max(s))
}
