package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/component"
)

// mover makes the Run of a key that moves.
func (m *model) mover(unit component.Unit, up int) func(component.Screen) component.Effects {
	return component.Do(func() { m.move(component.Motion{Unit: unit, Up: up}) })
}

// move moves through the tab in front, or else through the table.
func (m *model) move(motion component.Motion) {
	scr := m.screenOf(m.front)
	if t, ok := m.tabs[m.front].(component.Mover); ok && t.Move(scr, motion) {
		return
	}
	if motion.Unit == component.Page {
		motion.Up *= max(1, newLayout(scr, m.table, m.zoomed).rows-1)
	}
	m.table.Move(scr, motion.Up)
}

// wheel scrolls what the mouse is over: the tab, or the table.
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
	scr := m.screen()
	l := newLayout(scr, m.table, m.zoomed)
	if m.zoomed || at.Y >= l.firstRow()+l.rows {
		m.move(component.Motion{Unit: component.Wheel, Up: up})
		return
	}
	m.table.Move(scr, up)
}

// click selects a row, sorts by a heading, opens a tab, or goes to a line of the
// tab.
func (m *model) click(at tea.Mouse) []tea.Cmd {
	if m.dialog != nil || m.prompt != nil || at.Button != tea.MouseLeft {
		return nil
	}
	scr := m.screenOf(m.front)
	l := newLayout(scr, m.table, m.zoomed)
	rows := m.table.Rows(scr)
	switch {
	case at.Y == l.bar():
		if tab, ok := newTabBar(scr, m.tabs, m.front).tabAt(at.X); ok {
			m.front = tab
		}
	case at.Y > l.bar() && at.Y <= l.bar()+l.tab:
		m.focused = true
		if t, ok := m.tabs[m.front].(component.Clicker); ok {
			t.Click(scr, at.Y-scr.Pane.Top)
		}
	case m.zoomed:
	case l.heading > 0 && at.Y == l.firstRow()-1:
		shown := rows[min(l.skipped, len(rows)):min(l.skipped+l.rows, len(rows))]
		return m.perform(m.table.ClickHeading(scr, at.X, shown))
	case at.Y >= l.firstRow() && at.Y < l.firstRow()+l.rows:
		m.focused = false
		if i := at.Y - l.firstRow() + l.skipped; i < len(rows) {
			m.table.Select(rows[i].Name)
		}
	}
	return nil
}
