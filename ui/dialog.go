package ui

import (
	"fmt"
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
	return m.box([]string{m.styles.strong.Render(safe(d.question)), "", m.hint("y", "yes") + "   " + m.hint("n", "no")})
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

// helpDialog lists every key. Where the screen is too small for all of them it
// scrolls; any other key closes it.
type helpDialog struct{ offset int }

func (d helpDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	over := max(0, len(d.lines(m))-d.room(m))
	switch {
	case key.Matches(press, m.keys.down) && d.offset < over:
		m.dialog = helpDialog{d.offset + 1}
	case key.Matches(press, m.keys.up) && d.offset > 0:
		m.dialog = helpDialog{d.offset - 1}
	case key.Matches(press, m.keys.down, m.keys.up) && over > 0:
	default:
		m.dialog = nil
	}
	return nil
}

// room is how many lines of keys fit, beside the frame and the last line.
func (d helpDialog) room(m *model) int { return max(1, m.height-4) }

func (d helpDialog) lines(m *model) []string {
	var lines []string
	spacious := m.height >= 38
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
	return lines
}

func (d helpDialog) render(m *model) string {
	lines, room := d.lines(m), d.room(m)
	if len(lines) <= room {
		return m.box(append(lines, "", m.hint("esc", "back")))
	}
	offset := min(d.offset, len(lines)-room)
	more := m.hint("↑ ↓", fmt.Sprintf("%d of %d", offset+room, len(lines))) + "   " + m.hint("esc", "back")
	return m.box(append(lines[offset:offset+room:offset+room], more))
}
