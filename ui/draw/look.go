package draw

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/ui/chart"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// Look is what the terminal can show and how the person wants it.
type Look struct {
	Styles     *theme.Styles
	Unicode    bool // the locale has more than ASCII
	Colourless bool // no colours: pictures are drawn with characters of more or less ink
	Plain      bool // neither colours nor bold: differences need a character of their own
}

// Rule is the character of a horizontal line.
func (l Look) Rule() string {
	if l.Unicode {
		return "─"
	}
	return "-"
}

// Pointer stands before the selected line of a list. It is one cell wide.
func (l Look) Pointer() string {
	if l.Unicode {
		return "▸"
	}
	return ">"
}

// Marker is Pointer or a space, and a space, before a line of a list.
func (l Look) Marker(selected bool) string {
	if selected {
		return l.Styles.Selected.Render(l.Pointer()) + " "
	}
	return "  "
}

// Bar is a bar of width cells that shows part of whole.
func (l Look) Bar(part, whole float64, width int) string {
	filled, empty := chart.Bar(part, whole, width, l.Unicode)
	return l.Styles.Good.Render(filled) + l.Styles.Faint.Render(empty)
}

// Hint is a key and what it does, in a word or two.
func (l Look) Hint(key, does string) string {
	return l.Styles.Key.Render(key) + " " + l.Styles.Faint.Render(does)
}

// Note is a faint line that stands where there is nothing else to show.
func (l Look) Note(text string) string { return l.Styles.Faint.Render("  " + text) }

// Box frames lines. They are cut to a screen of width x height cells.
func (l Look) Box(lines []string, width, height int) string {
	frame := l.Styles.Frame
	if !l.Unicode {
		frame = frame.BorderStyle(lipgloss.ASCIIBorder())
	}
	room := width - frame.GetHorizontalFrameSize()
	lines = lines[:min(len(lines), max(1, height-frame.GetVerticalFrameSize()))]
	cut := make([]string, len(lines))
	for i, line := range lines {
		cut[i] = ansi.Truncate(line, max(1, room), "…")
	}
	return frame.Render(strings.Join(cut, "\n"))
}

// Fact is one line of a list in two columns.
type Fact struct{ Name, Value string }

// Facts draws facts in two columns. A fact without a value is left out; one
// without a name continues the fact above it.
func (l Look) Facts(list []Fact) []string {
	width := 0
	for _, f := range list {
		width = max(width, ansi.StringWidth(f.Name))
	}
	var lines []string
	for _, f := range list {
		if f.Value != "" {
			lines = append(lines, "  "+l.Styles.Faint.Render(Fit(f.Name, width))+"  "+f.Value)
		}
	}
	return lines
}

// QR draws the QR code of a text; nil when the text is too long for one.
func (l Look) QR(text string) []string {
	lines, err := humanize.QR(text, l.Unicode)
	if err != nil {
		return nil
	}
	if l.Colourless || !l.Unicode {
		return lines // a dark background is assumed
	}
	for i := range lines {
		lines[i] = lightOnDark(lines[i])
	}
	return lines
}

// lightOnDark paints the light parts of a code light and the dark ones dark,
// whatever the terminal's own colours are. Whole cells are painted as
// background, because many fonts leave a seam around a block.
func lightOnDark(line string) string {
	const light, dark = "231", "16"
	var b strings.Builder
	for _, r := range line {
		sign, upper, lower := "▀", light, dark
		switch r {
		case '█':
			sign, lower = " ", light
		case '▄':
			upper, lower = dark, light
		case ' ':
			sign, upper = " ", dark
		}
		b.WriteString("\x1b[38;5;" + upper + ";48;5;" + lower + "m" + sign)
	}
	return b.String() + "\x1b[m"
}
