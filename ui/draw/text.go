// Package draw has the pieces that every part of the dashboard draws with:
// text of a given width, bars, boxes, QR codes, and how numbers are written.
package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Fit makes text exactly width cells wide.
func Fit(text string, width int) string {
	if width <= 0 {
		return ""
	}
	text = ansi.Truncate(text, width, "…")
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// FitRight is Fit with the text at the right.
func FitRight(text string, width int) string {
	if width <= 0 {
		return ""
	}
	text = ansi.Truncate(text, width, "…")
	return strings.Repeat(" ", max(0, width-ansi.StringWidth(text))) + text
}

// Sides puts one text at each end of a line of width cells. The left one is
// cut when both do not fit.
func Sides(left, right string, width int) string {
	room := width - ansi.StringWidth(right)
	if room < 8 {
		return Fit(left, width)
	}
	return Fit(left, room) + right
}

// Widest is the width of the widest line, in cells.
func Widest(lines []string) (width int) {
	for _, line := range lines {
		width = max(width, ansi.StringWidth(line))
	}
	return width
}

// Columns puts two blocks of lines next to each other, gap cells apart.
func Columns(left, right []string, gap int) []string {
	width := Widest(left)
	for len(left) < len(right) {
		left = append(left, "")
	}
	for i := range right {
		left[i] = Fit(left[i], width) + strings.Repeat(" ", gap) + right[i]
	}
	return left
}
