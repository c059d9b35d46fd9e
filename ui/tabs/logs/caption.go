package logs

import (
	"strings"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Caption says whose log it is, which lines of it are shown, and whether it
// follows.
func (t *Tab) Caption(scr component.Screen) (long, short string) {
	o := t.view.Options()
	whose := safe.Text(scr.Selected)
	if n := len(t.merged); n > 1 {
		whose = messages.Logs(n)
	}
	parts := []string{whose}
	if o.Search != "" {
		n, all := t.view.Found()
		parts = append(parts, "/"+safe.Text(o.Search)+"  "+messages.Matches(n, all))
	}
	if o.Only != "" {
		parts = append(parts, messages.Only(safe.Text(o.Only)))
	}
	if o.Without != "" {
		parts = append(parts, messages.Without(safe.Text(o.Without)))
	}
	if o.Level != "" {
		parts = append(parts, messages.Level(o.Level))
	}
	state, short := t.position()
	if o.Search != "" {
		n, all := t.view.Found()
		short = messages.Matches(n, all) + "  " + short
	}
	return strings.Join(append(parts, state), "  "), short
}

// position says whether the log follows, and otherwise how many lines are below.
func (t *Tab) position() (long, short string) {
	switch {
	case t.view.Following():
		return messages.Following, messages.FollowsShort
	case t.view.Fresh() > 0 && !t.whole: // the rest of a whole log is not new
		short = messages.New(t.view.Fresh())
	case t.view.Below() == 0:
		return messages.Held, messages.Held
	default:
		short = messages.Below(t.view.Below())
	}
	return short + "  " + messages.GFollows, short
}
