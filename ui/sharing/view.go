package sharing

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// roomyHeight is the height of a screen from which the dialog has empty lines.
const roomyHeight = 12

// View draws the path and, where there is room or the cursor is on one, the
// other fields.
func (d *shareDialog) View(scr component.Screen) string {
	width := min(64, scr.Width-8)
	path := &d.texts[pathField]
	path.SetWidth(width - 3)
	title := messages.ShareTitle
	if ansi.StringWidth(title) > width {
		title = messages.ShareTitleShort
	}
	lines := []string{
		scr.Styles.Strong.Render(title), "",
		"> " + draw.Fit(path.View(), width-2),
		scr.Styles.Faint.Render(safe.Text(strings.Join(d.choices, "  "))),
	}
	if len(d.choices) == 0 {
		lines[len(lines)-1] = ""
	}
	if fields := d.fields()[1:]; scr.Height >= len(fields)+12 || d.cursor != pathField {
		for _, f := range d.visible(scr, fields) {
			lines = append(lines, d.line(scr, f, width))
		}
		lines = append(lines, "")
	}
	switch {
	case d.busy:
		lines = append(lines, scr.Styles.Wait.Render(messages.Opening))
	case d.problem != "":
		lines = append(lines, scr.Styles.Bad.Render(safe.Text(d.problem)))
	default:
		lines = append(lines, d.keys(scr, width))
	}
	if scr.Height < roomyHeight {
		lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	}
	return scr.Box(lines, scr.Width, scr.Height)
}

// keys are the keys worth pressing in a field. Where there is too little room
// the least important ones are left out.
func (d *shareDialog) keys(scr component.Screen, width int) string {
	enter, here := scr.Hint("enter", messages.Share), ""
	switch {
	case d.cursor == pathField:
		here = scr.Hint("tab", messages.Complete)
	case d.cursor.isSwitch():
		here = scr.Hint("space", messages.HintChange)
	}
	fields, back := scr.Hint("↑↓", messages.Fields), scr.Hint("esc", messages.Back)
	for _, list := range [][]string{{enter, here, fields, back}, {enter, fields, back}, {enter, fields}} {
		list = slices.DeleteFunc(list, func(hint string) bool { return hint == "" })
		if line := strings.Join(list, "   "); ansi.StringWidth(line) <= width+2 {
			return line
		}
	}
	return enter
}

// visible are the fields around the cursor that there is room for.
func (d *shareDialog) visible(scr component.Screen, fields []field) []field {
	others := 6 // lines of the dialog that are not fields
	if scr.Height < roomyHeight {
		others = 3
	}
	room := max(1, scr.Height-scr.Styles.Frame.GetVerticalFrameSize()-others)
	first := max(0, slices.Index(fields, d.cursor)-room+1)
	return fields[first:min(len(fields), first+room)]
}

// nameWidth is the width of a field's name, in cells.
const nameWidth = 20

// line draws one field. A password is hidden unless the cursor is on it.
func (d *shareDialog) line(scr component.Screen, f field, width int) string {
	label := draw.Fit(messages.ShareLabels()[f-1], nameWidth)
	if f == d.cursor {
		label = scr.Styles.Selected.Render(label)
	}
	label = scr.Marker(f == d.cursor) + label
	if f.isSwitch() {
		return label + messages.Switched(d.on[f])
	}
	in := &d.texts[f]
	in.SetWidth(max(4, width-nameWidth-3))
	if f == d.cursor {
		return label + draw.Fit(in.View(), width-nameWidth-2)
	}
	text := safe.Text(d.value(f))
	if f == userField {
		text, _, _ = strings.Cut(text, ":")
	}
	return label + cmp.Or(text, scr.Styles.Faint.Render(in.Placeholder))
}
