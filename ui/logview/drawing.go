package logview

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// Look is how lines are drawn at this moment.
type Look struct {
	Styles  *theme.Styles
	Unicode bool
	Now     time.Time
	// Cursor shows which line is the one that would be copied.
	Cursor bool
	// Colours gives each service its place in the order of colours.
	Colours func(service string) int
}

// drawing draws single lines: it decides how many rows each takes, and what is
// in them.
type drawing struct {
	store    *Store
	options  Options
	width    int // cells of a row
	sideways int // cells that cut lines are moved by
	search   *matcher
}

// rows is how many rows a line takes.
func (d drawing) rows(e entry) int {
	if !d.options.Wrap && !d.options.Open {
		return 1
	}
	n := 0
	for _, part := range d.parts(e) {
		n += d.folds(part)
	}
	return max(1, n)
}

func (d drawing) folds(text string) int {
	if !d.options.Wrap {
		return 1
	}
	room := max(1, d.room())
	return min(max(1, (ansi.StringWidth(text)+room-1)/room), maxFolds)
}

// maxFolds bounds how many rows a long line is folded into. The pager and the
// saved file have the rest.
const maxFolds = 100

// parts is the text of a line in rows that are not folded yet: one row, or with
// Open one for each field.
func (d drawing) parts(e entry) []string {
	if !d.options.Open || e.level == mark {
		return []string{string(e.appendPlain(nil))}
	}
	parts := []string{}
	message := e.pairs(func(key, value []byte) {
		parts = append(parts, opened(string(key), value)...)
	})
	return append([]string{string(message)}, parts...)
}

// opened is a field in rows of its own. A value that is JSON is indented.
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

// room is how many cells are left for the text of a line.
func (d drawing) room() int {
	return max(1, d.width-1-d.prefixWidth())
}

func (d drawing) prefixWidth() int {
	w := levelWidth + 1
	if d.width >= 50 {
		w += d.timeWidth()
	}
	if len(d.store.services) > 1 {
		w += d.nameWidth() + 1
	}
	if w > d.width/2 {
		return levelWidth + 1
	}
	return w
}

const levelWidth = 5

func (d drawing) timeWidth() int {
	switch d.options.Times {
	case Clock:
		return 9
	case Relative:
		return 8
	}
	return 0
}

// nameWidth is the width of the longest name of a service, up to 14.
func (d drawing) nameWidth() int {
	w := 4
	for _, name := range d.store.names {
		w = max(w, ansi.StringWidth(name))
	}
	return min(w, 14)
}

// draw draws all rows of a line.
func (d drawing) draw(e entry, look Look) []string {
	if e.level == mark {
		return []string{d.drawMark(e, look)}
	}
	prefix := d.prefix(e, look)
	indent := strings.Repeat(" ", d.prefixWidth())
	room := d.room()
	var out []string
	for _, text := range d.painted(e, look.Styles) {
		switch {
		case !d.options.Wrap && d.sideways > 0:
			out = append(out, ansi.Cut(text, d.sideways, d.sideways+room))
		case !d.options.Wrap:
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

func (d drawing) drawMark(e entry, look Look) string {
	rule := "─"
	if !look.Unicode {
		rule = "-"
	}
	text := strings.Repeat(rule, 2) + " " + e.when().Local().Format("15:04:05") + " "
	return look.Styles.Marked.Render(text + strings.Repeat(rule, max(0, d.width-1-ansi.StringWidth(text))))
}

func (d drawing) prefix(e entry, look Look) string {
	var b strings.Builder
	full := d.prefixWidth() > levelWidth+1
	if full && d.width >= 50 {
		b.WriteString(look.Styles.Faint.Render(d.stamp(e, look.Now)))
	}
	if full && len(d.store.services) > 1 {
		name := d.store.services[e.service]
		style := lipgloss.NewStyle()
		if look.Colours != nil {
			style = look.Styles.Service(look.Colours(name))
		}
		b.WriteString(style.Render(draw.Fit(d.store.names[e.service], d.nameWidth())) + " ")
	}
	word := e.level.word()
	if word == "" {
		b.WriteString(strings.Repeat(" ", levelWidth+1))
	} else {
		b.WriteString(look.Styles.Level(word).Render(draw.Fit(word, levelWidth)) + " ")
	}
	return b.String()
}

// stamp is the time of a line in timeWidth cells.
func (d drawing) stamp(e entry, now time.Time) string {
	text := ""
	switch {
	case e.time == 0:
	case d.options.Times == Clock:
		text = e.when().Local().Format("15:04:05")
	case d.options.Times == Relative:
		text = "-" + humanize.Span(now.Sub(e.when()))
	}
	return draw.Fit(text, d.timeWidth())
}

// painted is the text of a line in its colours with matches marked, one string
// for each part.
func (d drawing) painted(e entry, s *theme.Styles) []string {
	if d.options.Open {
		parts := d.parts(e)
		for i, text := range parts {
			style := lipgloss.NewStyle()
			if i > 0 {
				style = s.Faint
			}
			parts[i] = d.paint([]byte(text), []run{{len(text), style}}, s.Match)
		}
		return parts
	}
	var text []byte
	var runs []run
	e.compose(func(part []byte, r role) {
		text = append(text, part...)
		runs = append(runs, run{len(text), style(s, r)})
	})
	return []string{d.paint(text, runs, s.Match)}
}

// run is a part of a text, up to end, of one style.
type run struct {
	end   int
	style lipgloss.Style
}

func style(s *theme.Styles, r role) lipgloss.Style {
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

// paint draws text in the styles of its runs, and the matches over them.
func (d drawing) paint(text []byte, runs []run, match lipgloss.Style) string {
	var spans [][]int
	if d.search != nil {
		spans = d.search.spans(text)
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
