package ui

import (
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/table"
)

// layout says how many lines each part of the screen has. Their sum is the
// height of the screen.
type layout struct {
	header  int // 1, or 2 with an empty line
	heading int // the heading of the table: 1 or 0
	rows    int // services
	about   int // about the selected service
	tabBar  int
	tab     int // what the tab shows
	footer  int

	skipped int // services above the first one that is shown
}

// The heights of a screen from which it has a heading and empty lines.
const (
	headingHeight = 14
	roomyHeight   = 22
)

func newLayout(scr component.Screen, t *table.Table, zoomed bool) layout {
	l := layout{header: 1, tabBar: 1, footer: 1}
	if scr.Height >= roomyHeight {
		l.header = 2
	}
	if zoomed {
		l.tab = max(0, scr.Height-l.header-l.tabBar-l.footer)
		return l
	}
	if scr.Height >= headingHeight {
		l.heading = 1
	}
	l.about = 1
	if scr.Height >= roomyHeight {
		l.about = 3 // an empty line above and below
		if welcome := table.Welcome(scr); welcome != nil {
			l.about = 2 + len(welcome)
		}
	}
	rest := scr.Height - l.header - l.heading - l.about - l.tabBar - l.footer
	// The tab keeps at least a third of the rest.
	l.rows = min(max(1, len(t.Rows(scr))), max(1, rest-max(3, rest/3)))
	l.tab = max(0, rest-l.rows)
	l.skipped = max(0, t.Index(scr)-l.rows+1)
	return l
}

// firstRow is the line of the first service.
func (l layout) firstRow() int { return l.header + l.heading }

// bar is the line of the tab bar.
func (l layout) bar() int { return l.header + l.heading + l.rows + l.about }

// pane is where the tab is drawn.
func (l layout) pane() component.Pane { return component.Pane{Top: l.bar() + l.tabBar, Height: l.tab} }
