package editing

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// changesDialog shows what a draft changes, or what is wrong with it.
type changesDialog struct {
	ComparedMsg
	ctx    context.Context
	engine Engine
	offset int // the first line that is shown
}

// Update scrolls, applies the draft, drops it, or opens it in the editor again.
func (d *changesDialog) Update(scr component.Screen, msg tea.Msg) (component.Dialog, component.Effects) {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return d, nil
	}
	keys := component.Dialogs()
	switch {
	case press.String() == "e":
		draft := d.draft
		return nil, component.Run(func() tea.Msg { return draftMsg{draft: draft} })
	case component.Pressed(press, keys.Down):
		d.offset = min(d.offset+1, max(0, len(d.lines(scr))-d.room(scr)))
	case component.Pressed(press, keys.Up):
		d.offset = max(0, d.offset-1)
	case d.Problem == nil && component.Pressed(press, keys.Yes):
		draft, ctx, engine := d.draft, d.ctx, d.engine
		return nil, append(component.Notify(messages.Applying), component.Run(func() tea.Msg {
			changed, err := draft.apply(ctx, engine)
			return component.OutcomeMsg{Text: messages.Applied(changed), Err: err}
		})...)
	case component.Pressed(press, keys.No):
		d.draft.discard()
		return nil, component.Notify(messages.NotApplied)
	}
	return d, nil
}

func (d *changesDialog) room(scr component.Screen) int { return max(1, scr.Height-6) }

func (d *changesDialog) lines(scr component.Screen) []string {
	if d.Problem != nil {
		return d.problemLines(scr)
	}
	var lines []string
	for _, c := range d.Changes {
		style := scr.Styles.Wait
		switch c.Action {
		case api.ChangeAdd:
			style = scr.Styles.Good
		case api.ChangeRemove:
			style = scr.Styles.Bad
		}
		lines = append(lines, scr.Styles.Strong.Render(safe.Text(c.Service))+"  "+style.Render(messages.Change(c.Action)))
		for _, k := range c.Keys {
			lines = append(lines, "  "+safe.Text(k.Key)+"  "+keyChange(scr, k))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, messages.NoChange)
	}
	return lines
}

// keyChange is the old and the new value of a key. Secret ones have neither.
func keyChange(scr component.Screen, k api.KeyChange) string {
	if k.From == "" && k.To == "" {
		return scr.Styles.Faint.Render(messages.ChangedSecret)
	}
	from, to := scr.Styles.Bad.Render(safe.Text(k.From)), scr.Styles.Good.Render(safe.Text(k.To))
	return from + scr.Styles.Faint.Render(" → ") + to
}

func (d *changesDialog) problemLines(scr component.Screen) (lines []string) {
	// The draft has a name of its own; the person knows the file.
	text := strings.ReplaceAll(d.Problem.Error(), d.draft.path, d.draft.file)
	for line := range strings.Lines(ansi.Wordwrap(text, max(20, scr.Width-8), "")) {
		lines = append(lines, scr.Styles.Bad.Render(safe.Text(strings.TrimRight(line, "\n"))))
	}
	return lines
}

// View draws the lines that there is room for.
func (d *changesDialog) View(scr component.Screen) string {
	title := messages.ChangesTitle
	keys := scr.Hint("e", messages.EditAgain) + "   " + scr.Hint("n", messages.DropChanges)
	if d.Problem != nil {
		title = messages.RefusedTitle
	} else {
		keys = scr.Hint("y", messages.Apply) + "   " + keys
	}
	lines, room := d.lines(scr), d.room(scr)
	shown := lines[min(d.offset, len(lines)):min(d.offset+room, len(lines))]
	lines = append([]string{scr.Styles.Strong.Render(title), ""}, shown...)
	return scr.Box(append(lines, "", keys), scr.Width, scr.Height)
}
