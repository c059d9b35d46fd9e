package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
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
	no       bool // the answer that enter gives, once it was chosen
}

func (d confirmDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch press.String() {
	case "left", "right", "h", "l", "tab", "shift+tab":
		d.no = !d.no
		m.dialog = d
		return nil
	}
	switch {
	case key.Matches(press, m.dialogs.yes) && !(d.no && press.String() == "enter"):
		m.dialog = nil
		return d.yes()
	case key.Matches(press, m.dialogs.no, m.dialogs.enter):
		m.dialog = nil
	}
	return nil
}

func (d confirmDialog) render(m *model) string {
	lines := []string{}
	for _, line := range strings.Split(ansi.Wordwrap(safe.Text(d.question), max(1, m.width-10), ""), "\n") {
		lines = append(lines, m.styles.Strong.Render(line))
	}
	yes, no := m.styles.TabOn, m.styles.Tab
	if d.no {
		yes, no = no, yes
	}
	return m.box(append(lines, "", m.styles.Key.Render("y")+" "+yes.Render(" "+words.Yes+" ")+"   "+m.styles.Key.Render("n")+" "+no.Render(" "+words.No+" ")))
}

func (m *model) hint(key, what string) string {
	return m.styles.Key.Render(key) + " " + m.styles.Faint.Render(what)
}

// box frames lines, cut to what the screen has room for.
func (m *model) box(lines []string) string {
	frame := m.styles.Frame
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
