package ui

import (
	"fmt"
	"path/filepath"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// shareDialog asks for a folder; tab completes its path.
type shareDialog struct {
	input   textinput.Model
	choices []string // folders that the path could go on with
	problem string
	busy    bool
}

func newShareDialog() *shareDialog {
	in := textinput.New()
	in.Prompt = ""
	in.Placeholder = "a folder, such as ~/Pictures"
	in.CharLimit = 4096
	in.Focus()
	return &shareDialog{input: in}
}

func (d *shareDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, isKey := msg.(tea.KeyPressMsg)
	switch {
	case isKey && key.Matches(press, m.keys.back):
		m.dialog = nil
		return nil
	case isKey && press.String() == "tab":
		return d.complete()
	case isKey && press.String() == "enter":
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
		m.styles.strong.Render("Share a folder, read-only, with every machine on this network"), "",
		"> " + fit(d.input.View(), width-2), "",
	}
	switch {
	case d.busy:
		lines = append(lines, m.styles.wait.Render("opening…"))
	case d.problem != "":
		lines = append(lines, m.styles.bad.Render(safe(d.problem)))
	case len(d.choices) > 0:
		lines = append(lines, m.styles.faint.Render(safe(strings.Join(d.choices, "  "))))
	default:
		lines = append(lines, m.hint("enter", "share")+"   "+m.hint("tab", "complete")+"   "+m.hint("esc", "back"))
	}
	return m.box(lines)
}

// addressDialog shows how to reach a new share.
type addressDialog struct{ service api.Service }

func (addressDialog) update(m *model, msg tea.Msg) tea.Cmd {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		m.dialog = nil
	}
	return nil
}

func (d addressDialog) render(m *model) string {
	s := d.service
	lines := []string{fmt.Sprintf("%s is shared as %s", m.styles.strong.Render(safe(s.Share.Path)), m.styles.strong.Render(safe(s.Name))), ""}
	width := 0
	for _, u := range s.Share.URLs {
		width = max(width, ansi.StringWidth(safe(u.URL)))
	}
	for i, u := range s.Share.URLs {
		url := fit(safe(u.URL), width)
		if i == 0 {
			url = m.styles.selected.Render(url)
		}
		lines = append(lines, url+"  "+m.styles.faint.Render(safe(strings.TrimSpace(u.Interface+"  "+u.Note))))
	}
	return m.box(append(lines, "", m.hint("x", "ends it, in the table")+"   "+m.hint("esc", "back")))
}
