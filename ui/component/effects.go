package component

import tea "charm.land/bubbletea/v2"

// Effects are what a part wants done, in order. An element is a tea.Cmd, which
// runs on a goroutine of its own, or a request such as NotifyMsg, which the
// dashboard grants at once, before the next key.
type Effects []any

// Run makes a command an effect.
func Run(cmd tea.Cmd) Effects {
	if cmd == nil {
		return nil
	}
	return Effects{cmd}
}
