package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// fit makes text exactly width cells wide.
func fit(text string, width int) string {
	if width <= 0 {
		return ""
	}
	text = ansi.Truncate(text, width, "…")
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// fitRight is fit with the text at the right.
func fitRight(text string, width int) string {
	if width <= 0 {
		return ""
	}
	text = ansi.Truncate(text, width, "…")
	return strings.Repeat(" ", max(0, width-ansi.StringWidth(text))) + text
}

// sides puts one text at each end of a line; the left one gives way.
func sides(left, right string, width int) string {
	room := width - ansi.StringWidth(right)
	if room < 8 {
		return fit(left, width)
	}
	return fit(left, room) + right
}

func memory(bytes int64) string {
	switch {
	case bytes <= 0:
		return ""
	case bytes < 1<<30:
		return fmt.Sprintf("%.1fM", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%.1fG", float64(bytes)/(1<<30))
}

// rate has at most five characters.
func rate(v float64) string {
	switch {
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	case v < 10000:
		return fmt.Sprintf("%.0f", v)
	case v < 1e6:
		return fmt.Sprintf("%.0fk", v/1000)
	}
	return fmt.Sprintf("%.1fM", v/1e6)
}
