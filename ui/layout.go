package ui

// The smallest screen that shows anything but a sentence.
const (
	minWidth  = 32
	minHeight = 8
)

// layout says how many lines each part of the screen has. Their sum is the
// screen's height.
type layout struct {
	header   int // 1, or 2 with an empty line
	heading  int // the table's, 1 or 0
	rows     int // services
	skipped  int // services above the first that is shown
	firstRow int // the line of the first service
	detail   int // about the selected service
	tabBar   int
	pane     int // what the tab shows
	footer   int
}

// roomy is from where empty lines are affordable.
const roomy = 22

func (m *model) layout() layout {
	l := layout{header: 1, heading: 1, tabBar: 1, footer: 1}
	if m.height >= roomy {
		l.header = 2
	}
	services := max(1, len(m.rows()))
	if m.zoomed {
		l.heading = 0
		l.pane = max(0, m.height-l.header-l.tabBar-l.footer)
		return l
	}
	if m.height < 14 {
		l.heading = 0
	}
	l.detail = 1
	if m.height >= roomy {
		l.detail = 3 // an empty line at each side
		if m.welcoming() {
			l.detail = 2 + len(m.welcome())
		}
	}
	rest := m.height - l.header - l.heading - l.detail - l.tabBar - l.footer
	// The tab keeps at least a third of what is left.
	l.rows = min(services, max(1, rest-max(3, rest/3)))
	l.pane = max(0, rest-l.rows)
	l.firstRow = l.header + l.heading
	l.skipped = max(0, m.place()-l.rows+1)
	return l
}
