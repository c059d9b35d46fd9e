package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// dialog lies over the screen and has all keys.
type dialog interface {
	// update takes a key or a paste; it closes the dialog by setting
	// m.dialog.
	update(m *model, msg tea.Msg) tea.Cmd
	render(m *model) string
}

// confirmDialog asks before something that others would notice.
type confirmDialog struct {
	question string
	yes      func() tea.Cmd
}

func (d confirmDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch {
	case key.Matches(press, m.keys.confirm):
		m.dialog = nil
		return d.yes()
	case press.String() == "n", press.String() == "q", key.Matches(press, m.keys.back):
		m.dialog = nil
	}
	return nil
}

func (d confirmDialog) render(m *model) string {
	return m.box([]string{m.styles.strong.Render(d.question), "", m.hint("y", "yes") + "   " + m.hint("n", "no")})
}

func (m *model) hint(key, what string) string {
	return m.styles.key.Render(key) + " " + m.styles.faint.Render(what)
}

// box frames lines, cut to what the screen has room for.
func (m *model) box(lines []string) string {
	frame := m.styles.frame
	if !m.glyphs {
		frame = frame.BorderStyle(lipgloss.ASCIIBorder())
	}
	room := m.width - frame.GetHorizontalFrameSize()
	lines = lines[:min(len(lines), max(1, m.height-frame.GetVerticalFrameSize()))]
	cut := make([]string, len(lines))
	for i, line := range lines {
		cut[i] = ansi.Truncate(line, max(1, room), "…")
	}
	return frame.Render(strings.Join(cut, "\n"))
}

// helpDialog lists every key; any key closes it.
type helpDialog struct{}

func (helpDialog) update(m *model, msg tea.Msg) tea.Cmd {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		m.dialog = nil
	}
	return nil
}

func (helpDialog) render(m *model) string {
	var lines []string
	spacious := m.height >= 34
	for _, g := range m.keys.groups() {
		if spacious && len(lines) > 0 {
			lines = append(lines, "")
		}
		if spacious {
			lines = append(lines, m.styles.title.Render(g.title))
		}
		for _, b := range g.keys {
			lines = append(lines, fit(m.styles.key.Render(b.Help().Key), 9)+b.Help().Desc)
		}
	}
	if room := m.height - 2; len(lines) > room && m.width >= 100 {
		lines = twoColumns(lines, (m.width-8)/2)
	}
	return m.box(lines)
}

// twoColumns halves a list that is too long for the screen.
func twoColumns(lines []string, width int) []string {
	half := (len(lines) + 1) / 2
	out := make([]string, half)
	for i := range out {
		right := ""
		if i+half < len(lines) {
			right = lines[i+half]
		}
		out[i] = fit(lines[i], width) + right
	}
	return out
}
