package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

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
		d.complete()
		return nil
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
		m.dialog = addressDialog{msg.service}
	}
}

func expand(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, path[1:])
		}
	}
	return path
}

// complete goes on with the path as far as it is clear, and lists the rest.
func (d *shareDialog) complete() {
	typed := d.input.Value()
	dir, prefix := filepath.Split(expand(typed))
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		d.problem = err.Error()
		return
	}
	var names []string
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // a link to a folder is one
		if err == nil && info.IsDir() && strings.HasPrefix(e.Name(), prefix) && (prefix != "" || !strings.HasPrefix(e.Name(), ".")) {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	d.choices = nil
	switch common := commonPrefix(names); {
	case len(names) == 0:
		d.problem = "no folder begins so"
	case len(names) == 1:
		d.input.SetValue(typed + names[0][len(prefix):] + string(filepath.Separator))
	default:
		d.input.SetValue(typed + common[len(prefix):])
		d.choices = names
	}
	d.input.CursorEnd()
}

func commonPrefix(names []string) string {
	if len(names) == 0 {
		return ""
	}
	common := names[0]
	for _, n := range names {
		for !strings.HasPrefix(n, common) {
			common = common[:len(common)-1]
		}
	}
	return common
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
		width = max(width, len(u.URL))
	}
	for i, u := range s.Share.URLs {
		url := fit(u.URL, width)
		if i == 0 {
			url = m.styles.selected.Render(url)
		}
		lines = append(lines, url+"  "+m.styles.faint.Render(strings.TrimSpace(u.Interface+"  "+u.Note)))
	}
	return m.box(append(lines, "", m.hint("x", "ends it, in the table")+"   "+m.hint("esc", "back")))
}
