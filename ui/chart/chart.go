// Package chart draws numbers with characters: sparklines, bars, and curves of
// braille dots.
package chart

import (
	"math"
	"strings"
)

// Spark draws the last width values, the highest of them at full height.
func Spark(values []float64, width int, unicode bool) string {
	levels := []rune("▁▂▃▄▅▆▇█")
	if !unicode {
		levels = []rune("._-=+*#@")
	}
	values = values[max(0, len(values)-width):]
	top := Top(values)
	out := []rune(strings.Repeat(" ", width-len(values)))
	for _, v := range values {
		level := 0
		if top > 0 && !math.IsNaN(v) {
			level = int(v / top * float64(len(levels)-1))
		}
		out = append(out, levels[min(max(level, 0), len(levels)-1)])
	}
	return string(out)
}

// Bar is a bar of width cells, filled in proportion to part/whole. Any part
// greater than zero fills at least one cell.
func Bar(part, whole float64, width int, unicode bool) (filled, empty string) {
	n := 0
	if whole > 0 && part > 0 {
		n = min(width, int(math.Ceil(part*float64(width)/whole)))
	}
	full, rest := "━", "─"
	if !unicode {
		full, rest = "#", "-"
	}
	return strings.Repeat(full, n), strings.Repeat(rest, width-n)
}

// Top is the highest value. Unknown ones (NaN) are skipped.
func Top(values []float64) float64 {
	top := 0.0
	for _, v := range values {
		if v > top {
			top = v
		}
	}
	return top
}

// Nice is the next higher round number: 1, 2 or 5 times a power of ten.
func Nice(top float64) float64 {
	if top <= 0 || math.IsInf(top, 0) || math.IsNaN(top) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= top*0.999 {
			return m * unit
		}
	}
	return 10 * unit
}

// dots are the bits of a braille character (U+2800) by row from the top, and
// column.
var dots = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// Curve draws values, the oldest first, as a filled curve in width x height
// cells. top is the value at the upper edge. In braille a cell has two values and
// four steps, in ASCII one of each. Unknown values (NaN) leave a gap, and zero is
// a line at the bottom. There are always height lines.
func Curve(values []float64, top float64, width, height int, unicode bool) []string {
	columns, steps := width*2, height*4
	if !unicode {
		columns, steps = width, height
	}
	values = Fit(values, columns)
	level := make([]int, columns)
	flat := make([]bool, columns) // only the base line is there
	for i := range level {
		v := values[i]
		if math.IsNaN(v) || top <= 0 || math.IsNaN(top) {
			continue
		}
		level[i] = min(int(math.Round(v/top*float64(steps))), steps)
		flat[i] = level[i] < 1
		level[i] = max(level[i], 1) // the base line shows where something is known
	}
	lines := make([]string, height)
	for y := range lines {
		row := make([]rune, width)
		for x := range row {
			if unicode {
				row[x] = braille(level[2*x], level[2*x+1], (height-1-y)*4)
			} else {
				row[x] = ' '
				if level[x] > height-1-y {
					row[x] = '#'
					if flat[x] { // a whole cell would say that there is something
						row[x] = '_'
					}
				}
			}
		}
		lines[y] = string(row)
	}
	return lines
}

// braille is the character whose columns are filled up to left and right. Its
// lower edge is at base.
func braille(left, right, base int) rune {
	sign := rune(0)
	for step := range 4 {
		if left > base+step {
			sign |= dots[3-step][0]
		}
		if right > base+step {
			sign |= dots[3-step][1]
		}
	}
	if sign == 0 {
		return ' '
	}
	return 0x2800 + sign
}

// Fit makes n values of these, the newest last. Of more values the highest of
// each group is kept; fewer values are repeated.
func Fit(values []float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		from, to := i*len(values)/n, (i+1)*len(values)/n
		out[i] = math.NaN()
		for _, v := range values[from:max(to, min(from+1, len(values)))] {
			if math.IsNaN(out[i]) || v > out[i] {
				out[i] = v
			}
		}
	}
	return out
}
