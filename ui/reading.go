package ui

import (
	"github.com/ammarctl/ammarctl/ui/words"
)

// reading is how far down somebody has read what the tab Info says of a
// service; of another one it begins at the top.
type reading struct {
	service string
	top     int // the first line that is shown
}

// scrollInfo goes down so many lines, as far as there are.
func (m *model) scrollInfo(down int) {
	if m.read.service != m.selected {
		m.read = reading{service: m.selected}
	}
	l := m.layout()
	m.read.top = max(0, min(m.read.top+down, len(m.infoPane(l))-l.pane))
}

// readsInfo tells whether the keys for up and down scroll Info.
func readsInfo(m *model) bool { return m.inPane && m.tab == tabInfo }

// window is the part of lines that has room. Its last line counts those below.
func (m *model) window(lines []string, room int) []string {
	if len(lines) <= room || room < 2 {
		return lines
	}
	if m.read.service == m.selected {
		lines = lines[min(m.read.top, len(lines)-room):]
	}
	if below := len(lines) - room; below > 0 {
		return append(lines[:room-1:room-1], m.styles.Faint.Render("  "+words.MoreLines(below+1, m.inPane)))
	}
	return lines
}

// unseen counts the services above and below those that the table has room for.
func (m *model) unseen(l layout) string {
	if above, below := l.skipped, len(m.rows())-l.skipped-l.rows; above > 0 || below > 0 {
		return "  " + m.styles.Faint.Render(words.Unseen(above, max(0, below)))
	}
	return ""
}
