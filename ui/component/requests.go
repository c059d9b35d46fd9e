package component

// NotifyMsg shows a sentence in the last line for a while.
type NotifyMsg struct {
	Text string
	Bad  bool // it is shown as a problem, and longer
}

// Notify is the effect that reports a success.
func Notify(text string) Effects { return Effects{NotifyMsg{Text: text}} }

// Warn is the effect that reports a problem.
func Warn(text string) Effects { return Effects{NotifyMsg{Text: text, Bad: true}} }

// OutcomeMsg is the result of a command that needs only a message: the error if there
// is one, otherwise the text if it is not empty.
type OutcomeMsg struct {
	Text string
	Err  error
}

// OpenMsg opens a dialog. It takes the place of the one that is open.
type OpenMsg struct{ Dialog Dialog }

// Open is the effect that opens a dialog.
func Open(d Dialog) Effects { return Effects{OpenMsg{d}} }

// AskMsg opens a prompt in the last line.
type AskMsg struct{ Prompt *Prompt }

// Ask is the effect that opens a prompt.
func Ask(p *Prompt) Effects { return Effects{AskMsg{p}} }

// FirstTab is the ID of whichever tab is first in the list.
const FirstTab = ""

// ShowTabMsg brings a tab to the front.
type ShowTabMsg struct{ ID string }

// ShowTab is the effect that brings a tab to the front.
func ShowTab(id string) Effects { return Effects{ShowTabMsg{id}} }

// SelectMsg selects a service in the table.
type SelectMsg struct {
	Service string
	// New tells that the service was just made, so the next snapshots may not
	// have it yet.
	New bool
}

// QuitMsg closes the dashboard and leaves a sentence on the normal screen.
type QuitMsg struct{ Farewell string }
