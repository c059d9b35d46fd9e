package ui

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// safe makes foreign text fit for the terminal: one line, no escape sequence,
// no control character, nothing that turns the direction of the text, valid
// UTF-8, tabs as spaces.
func safe(text string) string {
	plain := true
	for i := 0; i < len(text); i++ {
		if text[i] < 0x20 || text[i] >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	var b strings.Builder
	for _, r := range ansi.Strip(strings.ToValidUTF8(text, "�")) {
		switch {
		case r == '\t':
			b.WriteString("    ")
		case r == '\n' || r == '\r':
			b.WriteByte(' ')
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x061c, r == 0x200e, r == 0x200f, r == 0x2028, r == 0x2029, r == 0xfeff:
			b.WriteRune('�')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ascii replaces what a terminal without UTF-8 cannot show, cell by cell: the
// dashboard's own signs by similar ones, foreign letters by question marks.
func ascii(screen string) string {
	var b strings.Builder
	for _, r := range screen {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		sign, ours := map[rune]string{'…': ".", '▏': "|", '↑': "^", '↓': "v", '·': "-"}[r]
		if !ours {
			sign = strings.Repeat("?", ansi.StringWidth(string(r)))
		}
		b.WriteString(sign)
	}
	return b.String()
}

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

// sparkline draws the last values, the highest of them at full height.
func sparkline(values []float64, width int, unicode bool) string {
	levels := []rune("▁▂▃▄▅▆▇█")
	if !unicode {
		levels = []rune("._-=+*#@")
	}
	values = values[max(0, len(values)-width):]
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	out := []rune(strings.Repeat(" ", width-len(values)))
	for _, v := range values {
		level := 0
		if top > 0 {
			level = int(v / top * float64(len(levels)-1))
		}
		out = append(out, levels[min(max(level, 0), len(levels)-1)])
	}
	return string(out)
}

// gauge is a bar of width cells of which part/whole are filled.
func gauge(part, whole, width int, unicode bool) (filled, empty string) {
	n := 0
	if whole > 0 {
		n = min(width, (part*width+whole-1)/whole) // one busy worker shows
	}
	full, rest := "━", "─"
	if !unicode {
		full, rest = "#", "-"
	}
	return strings.Repeat(full, n), strings.Repeat(rest, width-n)
}
