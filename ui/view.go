package ui

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// render draws the whole screen: exactly height lines, none wider than width, and in
// ASCII if the locale has only that.
func (m *model) render() string {
	if m.look.Unicode {
		return m.compose()
	}
	return safe.ASCII(m.compose())
}

func (m *model) compose() string {
	scr := m.screen()
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	if scr.TooSmall() {
		return oneLine(scr)
	}
	l := newLayout(scr, m.table, m.zoomed)
	lines := header(scr, l, m.operations.Ending(), m.table.Filter())
	if !m.zoomed {
		lines = append(lines, services(scr, l, m.table)...)
		lines = append(lines, about(scr, l, m.table)...)
	}
	lines = append(lines, newTabBar(scr, m.tabs, m.front).view())
	lines = append(lines, m.tabView(l)...)
	for len(lines) < m.height-l.footer {
		lines = append(lines, "")
	}
	lines = append(lines[:m.height-l.footer], m.footer(scr))
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], m.width, "…")
	}
	screen := strings.Join(lines, "\n")
	if m.dialog == nil {
		return screen
	}
	box := m.dialog.View(scr)
	w, h := lipgloss.Size(box)
	x, y := max(0, (m.width-w)/2), max(0, (m.height-h)/3)
	if d, ok := m.dialog.(component.Placed); ok {
		x, y = d.Place(scr, w, h)
	}
	return overlay(screen, box, x, y, m.width, m.height)
}

// overlay puts a box over the screen.
func overlay(screen, box string, x, y, width, height int) string {
	canvas := lipgloss.NewCompositor(lipgloss.NewLayer(screen), lipgloss.NewLayer(box).X(x).Y(y).Z(1))
	lines := strings.Split(canvas.Render(), "\n")
	lines = lines[:min(len(lines), height)]
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], width, "")
	}
	return strings.Join(lines, "\n")
}

// tabView draws the tab in front, faint while the supervisor does not answer.
func (m *model) tabView(l layout) []string {
	lines := m.tabs[m.front].View(m.screenOf(m.front))
	lines = lines[:min(len(lines), l.tab)]
	if m.lost {
		for i := range lines {
			lines[i] = m.look.Styles.Faint.Render(ansi.Strip(lines[i]))
		}
	}
	return lines
}

// footer is the prompt, or what happened last, or the keys worth pressing.
func (m *model) footer(scr component.Screen) string {
	if m.prompt != nil {
		return m.prompt.View(scr)
	}
	if text := m.notice.view(scr); text != "" {
		return text
	}
	return m.keys.hints(scr, m.front)
}
