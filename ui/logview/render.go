package logview

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// Look is how lines are drawn at this moment.
type Look struct {
	Styles  theme.Styles
	Unicode bool
	Now     time.Time
	// Cursor shows which line is the one that would be copied.
	Cursor bool
	// Colours gives each service its place in the order of colours.
	Colours func(service string) int
}

// visible lists the rows on the screen, from above.
func (v *View) visible() []spot {
	if v.shown.len() == 0 || v.height == 0 {
		return nil
	}
	p, end := v.top(), v.at()
	rows := []spot{p}
	for p != end && len(rows) < v.height {
		p = v.down(p, 1)
		rows = append(rows, p)
	}
	return rows
}

// Render draws the lines that there is room for: at most the height of the
// last Resize, each at most as wide.
func (v *View) Render(look Look) []string {
	var out []string
	rows := v.visible()
	for k := 0; k < len(rows); {
		i := rows[k].i
		drawn := v.draw(i, look)
		here := look.Cursor && v.shown.at(i) == v.cursorNow()
		for ; k < len(rows) && rows[k].i == i; k++ {
			row := gutter(here, look) + drawn[min(rows[k].row, len(drawn)-1)]
			out = append(out, ansi.Truncate(row, v.width, ""))
		}
	}
	return out
}

// gutter is the cell at the left of a line; it points at the one that the
// cursor is on.
func gutter(here bool, look Look) string {
	switch {
	case !here:
		return " "
	case look.Unicode:
		return look.Styles.Selected.Render("▸")
	}
	return look.Styles.Selected.Render(">")
}

// rowsOf is how many rows the ith line takes.
func (v *View) rowsOf(i int) int {
	if !v.options.Wrap && !v.options.Open {
		return 1
	}
	e := v.store.at(v.shown.at(i))
	n := 0
	for _, part := range v.parts(e) {
		n += v.folds(part)
	}
	return max(1, n)
}

func (v *View) folds(text string) int {
	if !v.options.Wrap {
		return 1
	}
	room := max(1, v.room())
	return min(max(1, (ansi.StringWidth(text)+room-1)/room), maxFolds)
}

// maxFolds bounds how many rows a long line is folded into; the rest of it is
// seen sideways, in the pager, and in the file.
const maxFolds = 100

// parts is the text of a line in the rows that it has before long ones are
// folded: one, or opened up one for each field.
func (v *View) parts(e entry) []string {
	if !v.options.Open || e.level == mark {
		return []string{string(e.appendPlain(nil))}
	}
	parts := []string{}
	message := e.pairs(func(key, value []byte) {
		parts = append(parts, opened(string(key), value)...)
	})
	return append([]string{string(message)}, parts...)
}

// opened is a field on lines of its own; a value that is JSON itself is
// indented.
func opened(key string, value []byte) []string {
	head := "    " + key + ": "
	var tidy bytes.Buffer
	if len(value) > 1 && (value[0] == '{' || value[0] == '[') && json.Indent(&tidy, value, "    ", "  ") == nil {
		lines := strings.Split(tidy.String(), "\n")
		lines[0] = head + lines[0]
		return lines
	}
	return []string{head + string(value)}
}

// room is how many cells the text of a line has, beside the gutter, its time
// and its level.
func (v *View) room() int {
	return max(1, v.width-1-v.prefixWidth())
}

func (v *View) prefixWidth() int {
	w := levelWidth + 1
	if v.width >= 50 {
		w += v.timeWidth()
	}
	if len(v.store.services) > 1 {
		w += v.nameWidth() + 1
	}
	if w > v.width/2 {
		return levelWidth + 1
	}
	return w
}

const levelWidth = 5

func (v *View) timeWidth() int {
	switch v.options.Times {
	case Clock:
		return 9
	case Relative:
		return 8
	}
	return 0
}

// nameWidth is that of the longest name of a service, within reason.
func (v *View) nameWidth() int {
	w := 4
	for _, name := range v.store.names {
		w = max(w, ansi.StringWidth(name))
	}
	return min(w, 14)
}

// draw draws all rows of the ith line.
func (v *View) draw(i int, look Look) []string {
	e := v.store.at(v.shown.at(i))
	if e.level == mark {
		return []string{v.drawMark(e, look)}
	}
	prefix := v.prefix(e, look)
	indent := strings.Repeat(" ", v.prefixWidth())
	room := v.room()
	var out []string
	for _, text := range v.painted(e, look.Styles) {
		switch {
		case !v.options.Wrap && v.sideways > 0:
			out = append(out, ansi.Cut(text, v.sideways, v.sideways+room))
		case !v.options.Wrap:
			out = append(out, ansi.Truncate(text, room, "…"))
		default:
			out = append(out, fold(text, room)...)
		}
	}
	for k := range out {
		if k == 0 {
			out[k] = prefix + out[k]
		} else {
			out[k] = indent + out[k]
		}
	}
	return out
}

// fold cuts a painted line into rows of width cells.
func fold(text string, width int) []string {
	all := ansi.StringWidth(text)
	if all <= width {
		return []string{text}
	}
	var rows []string
	for at := 0; at < all && len(rows) < maxFolds; at += width {
		rows = append(rows, ansi.Cut(text, at, at+width))
	}
	return rows
}

// cursorNow is the line that the cursor is on: the newest when following.
func (v *View) cursorNow() uint64 {
	if n := v.shown.len(); v.following && n > 0 {
		return v.shown.at(n - 1)
	}
	return v.cursor
}

func (v *View) drawMark(e entry, look Look) string {
	rule := "─"
	if !look.Unicode {
		rule = "-"
	}
	text := strings.Repeat(rule, 2) + " " + e.when().Local().Format("15:04:05") + " "
	return look.Styles.Marked.Render(text + strings.Repeat(rule, max(0, v.width-1-ansi.StringWidth(text))))
}

func (v *View) prefix(e entry, look Look) string {
	var b strings.Builder
	full := v.prefixWidth() > levelWidth+1
	if full && v.width >= 50 {
		b.WriteString(look.Styles.Faint.Render(v.stamp(e, look.Now)))
	}
	if full && len(v.store.services) > 1 {
		name := v.store.services[e.service]
		style := lipgloss.NewStyle()
		if look.Colours != nil {
			style = look.Styles.Service(look.Colours(name))
		}
		b.WriteString(style.Render(fit(v.store.names[e.service], v.nameWidth())) + " ")
	}
	word := e.level.word()
	if word == "" {
		b.WriteString(strings.Repeat(" ", levelWidth+1))
	} else {
		b.WriteString(look.Styles.Level(word).Render(fit(word, levelWidth)) + " ")
	}
	return b.String()
}

// stamp is the time of a line, as wide as timeWidth says.
func (v *View) stamp(e entry, now time.Time) string {
	text := ""
	switch {
	case e.time == 0:
	case v.options.Times == Clock:
		text = e.when().Local().Format("15:04:05")
	case v.options.Times == Relative:
		text = "-" + humanize.Span(now.Sub(e.when()))
	}
	return fit(text, v.timeWidth())
}

// painted is the text of a line in its colours, matches marked, a string for
// each part.
func (v *View) painted(e entry, s theme.Styles) []string {
	if v.options.Open {
		parts := v.parts(e)
		for i, text := range parts {
			style := lipgloss.NewStyle()
			if i > 0 {
				style = s.Faint
			}
			parts[i] = v.paint([]byte(text), []run{{len(text), style}}, s.Match)
		}
		return parts
	}
	var text []byte
	var runs []run
	e.compose(func(part []byte, r role) {
		text = append(text, part...)
		runs = append(runs, run{len(text), style(s, r)})
	})
	return []string{v.paint(text, runs, s.Match)}
}

// run is a part of a text, up to end, of one style.
type run struct {
	end   int
	style lipgloss.Style
}

func style(s theme.Styles, r role) lipgloss.Style {
	switch r {
	case faint:
		return s.Faint
	case good:
		return s.Good
	case wait:
		return s.Wait
	case wrong:
		return s.Bad
	case strong:
		return s.Strong
	}
	return lipgloss.NewStyle()
}

// paint draws text in its runs, and the matches of the search over them.
func (v *View) paint(text []byte, runs []run, match lipgloss.Style) string {
	var spans [][]int
	if v.search != nil {
		spans = v.search.spans(text)
	}
	var b strings.Builder
	at := 0
	for _, r := range runs {
		for at < r.end {
			for len(spans) > 0 && (spans[0][1] <= at || spans[0][0] == spans[0][1]) {
				spans = spans[1:]
			}
			end, style := r.end, r.style
			switch {
			case len(spans) > 0 && spans[0][0] <= at:
				end, style = min(end, spans[0][1]), match
			case len(spans) > 0:
				end = min(end, spans[0][0])
			}
			b.WriteString(style.Render(string(text[at:end])))
			at = end
		}
	}
	return b.String()
}

func fit(text string, width int) string {
	text = ansi.Truncate(text, width, "…")
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}
