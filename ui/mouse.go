package ui

import (
	tea "charm.land/bubbletea/v2"
)

// wheel scrolls what is under it: the log, or the table's selection.
func (m *model) wheel(at tea.Mouse) {
	if m.dialog != nil {
		return
	}
	up := 0
	switch at.Button {
	case tea.MouseWheelUp:
		up = 1
	case tea.MouseWheelDown:
		up = -1
	}
	l := m.layout()
	if m.tab == tabLog && (m.zoomed || at.Y >= l.firstRow+l.rows) {
		m.log.Scroll(3 * up)
		return
	}
	if m.tab == tabInfo && (m.zoomed || at.Y >= l.firstRow+l.rows) {
		m.scrollInfo(-3 * up)
		return
	}
	m.move(-up)
}

// click selects a row, sorts by a heading, opens a tab, or puts the cursor on a
// line of the log.
func (m *model) click(at tea.Mouse) {
	if m.dialog != nil || m.prompt != nil || at.Button != tea.MouseLeft {
		return
	}
	l := m.layout()
	bar := l.header
	if !m.zoomed {
		bar += l.heading + l.rows + l.detail
	}
	switch {
	case at.Y == bar:
		m.clickTab(at.X)
	case at.Y > bar && at.Y <= bar+l.pane:
		m.inPane = true
		if m.tab == tabLog {
			m.log.Click(at.Y - bar - 1)
		}
	case m.zoomed:
	case l.heading > 0 && at.Y == l.firstRow-1:
		m.clickHeading(at.X)
	case at.Y >= l.firstRow && at.Y < l.firstRow+l.rows:
		m.inPane = false
		if rows, i := m.rows(), at.Y-l.firstRow+l.skipped; i < len(rows) {
			m.pick(rows[i].Name)
		}
	}
}

func (m *model) clickTab(x int) {
	_, _, places := m.barParts()
	for _, p := range places {
		if x >= p.from && x < p.to {
			m.tab = p.tab
		}
	}
}

// clickHeading sorts by the column at x; the one it is sorted by already is
// turned round.
func (m *model) clickHeading(x int) {
	l := m.layout()
	rows := m.rows()
	cols := columns()
	_, widths, visible := m.cells(cols, rows[min(l.skipped, len(rows)):min(l.skipped+l.rows, len(rows))])
	at := len(marker)
	for c := range cols {
		if !visible[c] {
			continue
		}
		if x >= at && x < at+widths[c]+gap && cols[c].compare != nil {
			if c == m.order.column {
				m.sortReverse()
			} else {
				m.sortBy(c)
			}
			return
		}
		at += widths[c] + gap
	}
}
