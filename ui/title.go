package ui

import (
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The window's title is put on the terminal's own stack and taken back from
// there, since a program can't ask for it (XTWINOPS in xterm's ctlseqs).
const (
	pushTitle = 22
	popTitle  = 23
	ofWindow  = 2
)

// titleKeptMsg says that the title of before is on its stack.
type titleKeptMsg struct{}

// keepTitle puts the title away before the dashboard sets its own.
func keepTitle() tea.Cmd {
	return tea.Sequence(tea.Raw(ansi.WindowOp(pushTitle, ofWindow)), func() tea.Msg { return titleKeptMsg{} })
}

// restoreTitle brings it back.
func restoreTitle(w io.Writer) { _, _ = io.WriteString(w, ansi.WindowOp(popTitle, ofWindow)) }
