package table

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
)

const (
	markerWidth  = 2  // of the sign before a row
	gap          = 2  // between two columns
	minNameWidth = 20 // to which a long name may be cut
)

// layout is the cells of some rows, the widths of all columns, and which of
// these are shown.
type layout struct {
	columns []column
	cells   [][]string // by row and column
	widths  []int
	shown   []bool
}

// layout fills the cells of these services and chooses the columns.
func (t *Table) layout(scr component.Screen, cols []column, services []api.Service) layout {
	l := layout{columns: cols, cells: make([][]string, len(services)), widths: make([]int, len(cols))}
	empty := make([]bool, len(cols))
	for c := range cols {
		l.widths[c] = ansi.StringWidth(cols[c].title)
		if c == t.order.column {
			l.widths[c]++ // the arrow
		}
		empty[c] = cols[c].rank > 0 && len(services) > 0
	}
	for i, s := range services {
		l.cells[i] = make([]string, len(cols))
		for c := range cols {
			cell := cols[c].cell(t, scr, s)
			if c == 0 { // a long name does not push other columns out
				cell = ansi.Truncate(cell, max(minNameWidth, scr.Width*3/10), "…")
			}
			l.cells[i][c] = cell
			l.widths[c] = max(l.widths[c], ansi.StringWidth(cell))
			empty[c] = empty[c] && cell == ""
		}
	}
	l.shown = choose(cols, l.widths, empty, scr.Width-markerWidth)
	return l
}

// choose leaves out the columns that are empty, and then the least important
// ones until the rest fits.
func choose(cols []column, widths []int, empty []bool, room int) []bool {
	shown := make([]bool, len(cols))
	total := -gap
	for i := range cols {
		if shown[i] = !empty[i]; shown[i] {
			total += widths[i] + gap
		}
	}
	for total > room {
		worst := -1
		for i, c := range cols {
			if shown[i] && c.rank > 0 && (worst < 0 || c.rank > cols[worst].rank) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		shown[worst] = false
		total -= widths[worst] + gap
	}
	return shown
}

// line draws the cells of one row.
func (l layout) line(cells []string) string {
	var parts []string
	for i, c := range l.columns {
		switch {
		case !l.shown[i]:
		case c.right:
			parts = append(parts, draw.FitRight(cells[i], l.widths[i]))
		default:
			parts = append(parts, draw.Fit(cells[i], l.widths[i]))
		}
	}
	return strings.Join(parts, strings.Repeat(" ", gap))
}
