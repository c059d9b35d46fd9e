package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/words"
)

// helpDialog lists every key. Where the screen is too small for all of them it
// scrolls; any other key closes it.
type helpDialog struct{ offset int }

func (d helpDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	room := max(1, m.height-4)
	over := max(0, len(m.helpLines())-room)
	to := d.offset
	switch {
	case key.Matches(press, m.dialogs.down):
		to++
	case key.Matches(press, m.dialogs.up):
		to--
	case press.String() == "pgdown", press.String() == "space":
		to += room
	case press.String() == "pgup":
		to -= room
	default:
		m.dialog = nil
		return nil
	}
	if over == 0 {
		m.dialog = nil
		return nil
	}
	m.dialog = helpDialog{min(max(to, 0), over)}
	return nil
}

// The widths of one column of the help, and of the keys in it.
const (
	helpWidth = 72
	keyWidth  = 9
)

// helpLines is the help in one column, or in two where there is room.
func (m *model) helpLines() []string {
	var blocks [][]string
	total := 0
	for _, g := range groups() {
		block := []string{m.styles.Title.Render(g.title)}
		for _, b := range g.keys {
			for i, line := range strings.Split(ansi.Wordwrap(b.Help().Desc, max(10, min(helpWidth, m.width-8)-keyWidth), ""), "\n") {
				key := ""
				if i == 0 {
					key = m.styles.Key.Render(b.Help().Key)
				}
				block = append(block, fit(key, keyWidth)+line)
			}
		}
		blocks = append(blocks, append(block, ""))
		total += len(block) + 1
	}
	var columns [][]string
	if m.width < 2*helpWidth+12 {
		columns = make([][]string, 1)
	} else {
		columns = make([][]string, 2)
	}
	at := 0
	for _, block := range blocks {
		if at+1 < len(columns) && len(columns[at])+len(block)/2 > total/len(columns) {
			at++
		}
		columns[at] = append(columns[at], block...)
	}
	if len(columns) == 1 {
		return columns[0][:len(columns[0])-1]
	}
	var lines []string
	for i := range max(len(columns[0]), len(columns[1])) {
		var left, right string
		if i < len(columns[0]) {
			left = columns[0][i]
		}
		if i < len(columns[1]) {
			right = columns[1][i]
		}
		lines = append(lines, fit(left, helpWidth)+"  "+right)
	}
	for len(lines) > 0 && strings.TrimSpace(ansi.Strip(lines[len(lines)-1])) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (d helpDialog) render(m *model) string {
	lines, room := m.helpLines(), max(1, m.height-4)
	if len(lines) <= room {
		return m.box(append(lines, "", m.hint("esc", words.Back)))
	}
	offset := min(d.offset, len(lines)-room)
	more := m.hint("↑ ↓", words.Of(offset+room, len(lines))) + "   " + m.hint("esc", words.Back)
	return m.box(append(lines[offset:offset+room:offset+room], more))
}
