package component

import (
	tea "charm.land/bubbletea/v2"
)

// Part is something in the dashboard that has keys and a state of its own. All
// its methods are called on the goroutine of the dashboard.
type Part interface {
	// Keys are the keys of the part, always the same ones in the same order.
	Keys() []Key
	// Update is called with every message after it was handled. A key press is
	// among them only to tell that something may have changed: keys act through
	// Keys.
	Update(scr Screen, msg tea.Msg) Effects
}

// Tab is one view of the selected service. A tab may also be a Mover, Clicker,
// Backer or Starter.
type Tab interface {
	Part
	About() About
	// Caption is shown at the right of the tab bar: whose the view is and which
	// part of it is seen, and the same in fewer cells. Both may be empty.
	Caption(scr Screen) (long, short string)
	// View draws the tab. Lines below scr.Pane.Height, and cells beyond
	// scr.Width, are cut off.
	View(scr Screen) []string
}

// About describes a tab: the tab bar, the palette, the help and the manual are
// made from it.
type About struct {
	ID      string // its name for ShowTab
	Title   string
	Summary string // what it shows, for the help
	Manual  string // the same at length, for docs/dashboard.md, in Markdown
}

// Motion is a wish to move through what a part shows.
type Motion struct {
	Unit Unit
	Up   int // how many units up; negative for down
}

// Unit is how far one step of a Motion goes.
type Unit int

// The units of a Motion.
const (
	Line  Unit = iota // an arrow key
	Page              // page up and page down
	Wheel             // the mouse wheel over the tab
)

// Mover is a tab with something to move through.
type Mover interface {
	// Move reports false when the table is to move instead.
	Move(scr Screen, m Motion) bool
}

// Clicker is a tab that can be clicked.
type Clicker interface {
	// Click is given the line of the tab's view, counted from 0.
	Click(scr Screen, line int)
}

// Backer is a tab with something that the Esc key takes back.
type Backer interface {
	// Back takes back the newest choice, and reports false when there is none. It
	// is called with scr.Front first, and without when nothing else was left to
	// take back.
	Back(scr Screen) bool
}

// Starter is a tab that needs something when the dashboard opens.
type Starter interface {
	Start(scr Screen) tea.Cmd
}

// Dialog lies over the screen and gets all keys.
type Dialog interface {
	// Update takes any message and returns what the dialog becomes: nil closes
	// it.
	Update(scr Screen, msg tea.Msg) (Dialog, Effects)
	// View draws the dialog with its frame.
	View(scr Screen) string
}

// Placed is a dialog that is not in the middle of the screen.
type Placed interface {
	// Place returns the upper left corner of a box of w x h cells.
	Place(scr Screen, w, h int) (x, y int)
}
