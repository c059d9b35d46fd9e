package ui

import (
	"path/filepath"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// shareDialog asks for a folder; tab completes its path.
type shareDialog struct {
	input   textinput.Model
	choices []string // folders that the path could go on with
	problem string
	busy    bool
}

func newShareDialog() *shareDialog {
	in := newInput()
	in.Placeholder = words.SharePlaceholder
	in.CharLimit = 4096
	in.Focus()
	return &shareDialog{input: in}
}

func (d *shareDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, isKey := msg.(tea.KeyPressMsg)
	switch {
	case isKey && key.Matches(press, m.dialogs.back):
		m.dialog = nil
		return nil
	case isKey && key.Matches(press, m.dialogs.complete):
		return d.complete()
	case isKey && key.Matches(press, m.dialogs.enter):
		return d.share(m)
	}
	var cmd tea.Cmd
	d.input, cmd = d.input.Update(msg)
	d.choices, d.problem = nil, ""
	return cmd
}

func (d *shareDialog) share(m *model) tea.Cmd {
	path := strings.TrimSpace(d.input.Value())
	if path == "" || d.busy {
		return nil
	}
	path, err := filepath.Abs(expand(path))
	if err != nil {
		d.problem = err.Error()
		return nil
	}
	d.busy = true
	ctx, engine := m.ctx, m.engine
	return func() tea.Msg {
		s, err := engine.Share(ctx, api.ShareRequest{Path: path})
		return sharedMsg{s, err}
	}
}

// shared shows the addresses of a new share, or why there is none.
func (m *model) shared(msg sharedMsg) {
	d, open := m.dialog.(*shareDialog)
	switch {
	case msg.err != nil && open:
		d.busy, d.problem = false, firstLine(msg.err.Error())
	case msg.err != nil:
		m.say(true, "%s", firstLine(msg.err.Error()))
	default:
		m.pick(msg.service.Name)
		m.awaited = m.now.Add(awaitedFor)
		m.dialog = addressDialog{msg.service}
	}
}

func (d *shareDialog) render(m *model) string {
	width := min(64, m.width-8)
	d.input.SetWidth(width - 3)
	lines := []string{
		m.styles.Strong.Render(words.ShareTitle), "",
		"> " + fit(d.input.View(), width-2), "",
	}
	switch {
	case d.busy:
		lines = append(lines, m.styles.Wait.Render(words.Opening))
	case d.problem != "":
		lines = append(lines, m.styles.Bad.Render(safe.Text(d.problem)))
	case len(d.choices) > 0:
		lines = append(lines, m.styles.Faint.Render(safe.Text(strings.Join(d.choices, "  "))))
	default:
		lines = append(lines, m.hint("enter", words.Share)+"   "+m.hint("tab", words.Complete)+"   "+m.hint("esc", words.Back))
	}
	return m.box(lines)
}
