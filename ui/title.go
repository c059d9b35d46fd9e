package ui

import (
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The window's title is saved on the terminal's own stack and restored from
// there, because a program cannot read it (XTWINOPS in xterm's ctlseqs).
const (
	pushTitle   = 22
	popTitle    = 23
	windowTitle = 2
)

// titleKeptMsg says that the title is on the stack.
type titleKeptMsg struct{}

// keepTitle saves the title before the dashboard sets its own.
func keepTitle() tea.Cmd {
	saved := func() tea.Msg { return titleKeptMsg{} }
	return tea.Sequence(tea.Raw(ansi.WindowOp(pushTitle, windowTitle)), saved)
}

// restoreTitle restores the saved title.
func restoreTitle(w io.Writer) { _, _ = io.WriteString(w, ansi.WindowOp(popTitle, windowTitle)) }
