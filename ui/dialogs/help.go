package dialogs

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
)

// Help lists every key. It scrolls on a screen that is too small for all of
// them; any other key closes it.
type Help struct {
	groups []component.KeyGroup
	offset int
}

// NewHelp makes the help of these keys.
func NewHelp(groups []component.KeyGroup) *Help { return &Help{groups: groups} }

// room is how many lines of the help fit on the screen.
func (d *Help) room(scr component.Screen) int { return max(1, scr.Height-4) }

// Update scrolls, or closes the help.
func (d *Help) Update(scr component.Screen, msg tea.Msg) (component.Dialog, component.Effects) {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return d, nil
	}
	room := d.room(scr)
	last := max(0, len(d.lines(scr))-room)
	keys := component.Dialogs()
	to := d.offset
	switch {
	case component.Pressed(press, keys.Down):
		to++
	case component.Pressed(press, keys.Up):
		to--
	case press.String() == "pgdown", press.String() == "space":
		to += room
	case press.String() == "pgup":
		to -= room
	default:
		return nil, nil
	}
	if last == 0 {
		return nil, nil
	}
	d.offset = min(max(to, 0), last)
	return d, nil
}

// The widths of a column of the help, and of the keys in it, in cells.
const (
	helpWidth = 72
	keyWidth  = 9
)

// block is one group, with an empty line at its end.
func (d *Help) block(scr component.Screen, g component.KeyGroup) []string {
	width := max(10, min(helpWidth, scr.Width-8)-keyWidth)
	block := []string{scr.Styles.Title.Render(g.Title)}
	for _, k := range g.Keys {
		for i, line := range strings.Split(ansi.Wordwrap(k.Help, width, ""), "\n") {
			key := ""
			if i == 0 {
				key = scr.Styles.Key.Render(k.Shown())
			}
			block = append(block, draw.Fit(key, keyWidth)+line)
		}
	}
	return append(block, "")
}

// lines is the help in one column, or in two where there is room.
func (d *Help) lines(scr component.Screen) []string {
	var blocks [][]string
	total := 0
	for _, g := range d.groups {
		blocks = append(blocks, d.block(scr, g))
		total += len(blocks[len(blocks)-1])
	}
	columns := make([][]string, 1)
	if scr.Width >= 2*helpWidth+12 {
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
	left, right := columns[0], columns[1]
	var lines []string
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		lines = append(lines, draw.Fit(l, helpWidth)+"  "+r)
	}
	for len(lines) > 0 && strings.TrimSpace(ansi.Strip(lines[len(lines)-1])) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// View draws the part of the help that there is room for.
func (d *Help) View(scr component.Screen) string {
	lines, room := d.lines(scr), d.room(scr)
	if len(lines) <= room {
		return scr.Box(append(lines, "", scr.Hint("esc", messages.Back)), scr.Width, scr.Height)
	}
	offset := min(d.offset, len(lines)-room)
	more := scr.Hint("↑ ↓", messages.Of(offset+room, len(lines))) + "   " + scr.Hint("esc", messages.Back)
	return scr.Box(append(lines[offset:offset+room:offset+room], more), scr.Width, scr.Height)
}
