package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// tab is one way to look at the selected service.
type tab int

// The tabs, in their order on the screen.
const (
	tabLog tab = iota
	tabGraphs
	tabClients
	tabCamera
	tabInfo
	tabs
)

func (t tab) name() string {
	return [...]string{words.TabLog, words.TabGraphs, words.TabClients, words.TabCamera, words.TabInfo}[t]
}

// pane draws what the tab shows, in l.pane lines at most.
func (m *model) pane(l layout) []string {
	switch m.tab {
	case tabGraphs:
		return m.graphsPane(l)
	case tabClients:
		return m.clientsPane(l)
	case tabCamera:
		return m.camera.render(m, l)
	case tabInfo:
		return m.window(m.infoPane(l), l.pane)
	}
	return m.logPane(l)
}

// tabBar names the tabs, and says what is seen of the one in front.
func (m *model) tabBar() string {
	left, right, _ := m.barParts()
	lead := m.styles.Heading
	if m.inPane {
		lead = m.styles.Selected
	}
	rule := m.rule()
	room := m.width - ansi.StringWidth(left)
	if right == "" {
		return left + lead.Render(strings.Repeat(rule, max(0, room)))
	}
	room -= ansi.StringWidth(right) + 3
	return left + lead.Render(strings.Repeat(rule, max(0, room))+" "+right+" "+rule)
}

// barParts are the two sides of the bar, and where the names of tabs are. The
// names are as long as what is said at the right allows.
func (m *model) barParts() (left, right string, places []place) {
	text, short := m.tabState()
	for _, right := range []string{text, short} {
		for size := range 3 {
			left, places := m.tabNames(size)
			if right == "" && ansi.StringWidth(left) <= m.width {
				return left, right, places
			}
			if ansi.StringWidth(left)+ansi.StringWidth(right)+5 <= m.width {
				return left, right, places
			}
		}
	}
	left, places = m.tabNames(2)
	return left, "", places
}

func (m *model) rule() string {
	if m.glyphs {
		return "─"
	}
	return "-"
}

// place is where something can be clicked in a line.
type place struct {
	from, to int // cells, from <= x < to
	tab      tab
}

// tabNames is the left part of the bar in one of three sizes, the longest
// first: numbers and names, names, the name of the one in front and numbers.
func (m *model) tabNames(size int) (text string, places []place) {
	var b strings.Builder
	b.WriteString(m.styles.Heading.Render(m.rule()))
	at := 1
	for t := range tabs {
		number := string(rune('1' + t))
		name := " " + number + " " + t.name() + " "
		switch {
		case size == 2 && t != m.tab:
			name = " " + number + " "
		case size > 0:
			name = " " + t.name() + " "
		}
		style := m.styles.Tab
		if t == m.tab {
			style = m.styles.TabOn
			if m.dumb {
				name = "[" + name[1:len(name)-1] + "]"
			}
		}
		b.WriteString(style.Render(name))
		places = append(places, place{at, at + len(name), t})
		at += len(name)
		if size == 0 && t < tabs-1 {
			b.WriteByte(' ')
			at++
		}
	}
	return b.String() + " ", places
}

// tabState is what the right part of the bar says, and the same in fewer cells.
func (m *model) tabState() (text, short string) {
	who := safe.Text(m.selected)
	switch m.tab {
	case tabLog:
		return m.logState()
	case tabGraphs:
		span := spans()[m.span].Name
		return who + "  " + span, span
	case tabCamera:
		return "", ""
	}
	return who, who
}

// logState says whose log it is, what of it is shown, and whether it follows.
func (m *model) logState() (text, short string) {
	o := m.log.Options()
	who := safe.Text(m.selected)
	if n := len(m.merged); n > 1 {
		who = words.Logs(n)
	}
	parts := []string{who}
	if o.Search != "" {
		n, all := m.log.Found()
		parts = append(parts, "/"+safe.Text(o.Search)+"  "+words.Matches(n, all))
	}
	if o.Only != "" {
		parts = append(parts, words.Only(safe.Text(o.Only)))
	}
	if o.Without != "" {
		parts = append(parts, words.Without(safe.Text(o.Without)))
	}
	if o.Level != "" {
		parts = append(parts, words.Level(o.Level))
	}
	switch {
	case m.log.Following():
		parts, short = append(parts, words.Following), words.FollowsShort
	case m.log.Fresh() > 0 && !m.deep: // what was read to the end is not new
		short = words.New(m.log.Fresh())
		parts = append(parts, short+"  "+words.GFollows)
	case m.log.Below() == 0:
		parts, short = append(parts, words.Held), words.Held
	default:
		short = words.Below(m.log.Below())
		parts = append(parts, short+"  "+words.GFollows)
	}
	if o.Search != "" {
		n, all := m.log.Found()
		short = words.Matches(n, all) + "  " + short
	}
	return strings.Join(parts, "  "), short
}
