package logview

import (
	"github.com/charmbracelet/x/ansi"
)

// Render draws the lines that there is room for: at most the height of the
// last Resize, each at most as wide.
func (v *View) Render(look Look) []string {
	var out []string
	visible, d := v.visible(), v.drawing()
	for k := 0; k < len(visible); {
		i := visible[k].i
		drawn := d.draw(v.store.at(v.shown.at(i)), look)
		here := look.Cursor && v.shown.at(i) == v.cursorNow()
		for ; k < len(visible) && visible[k].i == i; k++ {
			row := gutter(here, look) + drawn[min(visible[k].row, len(drawn)-1)]
			out = append(out, ansi.Truncate(row, v.width, ""))
		}
	}
	return out
}

// gutter is the cell at the left of a line; it points at the one that the
// cursor is on.
func gutter(here bool, look Look) string {
	switch {
	case !here:
		return " "
	case look.Unicode:
		return look.Styles.Selected.Render("▸")
	}
	return look.Styles.Selected.Render(">")
}

// cursorNow is the line that the cursor is on: the newest when following.
func (v *View) cursorNow() uint64 {
	if n := v.shown.len(); v.following && n > 0 {
		return v.shown.at(n - 1)
	}
	return v.cursor
}
