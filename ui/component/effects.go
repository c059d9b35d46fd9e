package component

import tea "charm.land/bubbletea/v2"

// Effects are the wishes of a part, in order. An element is a tea.Cmd, which runs on
// its own goroutine, or a request such as NotifyMsg. The dashboard grants a request at
// once, before the next key.
type Effects []any

// Run makes a command an effect.
func Run(cmd tea.Cmd) Effects {
	if cmd == nil {
		return nil
	}
	return Effects{cmd}
}
