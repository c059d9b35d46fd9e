package ui

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// draft is the copy of the configuration that is edited. It lies beside the
// file itself, since paths in it are relative to its folder.
type draft struct {
	file   string // what it becomes
	path   string
	before []byte
}

// draftMsg brings a draft that is ready to be edited.
type draftMsg struct {
	draft *draft
	err   error
}

// editedMsg comes when the editor has ended.
type editedMsg struct {
	draft *draft
	err   error
}

// comparedMsg says what a draft would change, or what is wrong with it.
type comparedMsg struct {
	draft  *draft
	would  api.Reload
	same   bool
	refuse error
}

// edit opens the configuration in the person's editor.
func (m *model) edit() tea.Cmd {
	file := m.snapshot.Info.Config
	if file == embedded || file == "" {
		m.say(true, "%s", words.NoFileToEdit)
		return nil
	}
	return func() tea.Msg {
		d, err := newDraft(file)
		return draftMsg{d, err}
	}
}

func newDraft(file string) (*draft, error) {
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".edit-*-"+filepath.Base(file))
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration where it is: %w", err)
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), info.Mode().Perm())
	}
	d := &draft{file: file, path: f.Name(), before: text}
	if err != nil {
		d.discard()
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	return d, nil
}

func (d *draft) discard() { _ = os.Remove(d.path) }

// write hands the terminal to the editor until that ends.
func (m *model) write(msg draftMsg) tea.Cmd {
	if msg.err != nil {
		m.say(true, "%s", firstLine(msg.err.Error()))
		return nil
	}
	args := editor(m.getenv)
	if args == nil {
		msg.draft.discard()
		m.say(true, "%s", words.NoEditor)
		return nil
	}
	cmd := exec.CommandContext(m.ctx, args[0], append(args[1:], msg.draft.path)...)
	return tea.ExecProcess(cmd, func(err error) tea.Msg { return editedMsg{msg.draft, err} })
}

// editor is the command line of the person's editor; nil when there is none.
func editor(getenv func(string) string) []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if args := strings.Fields(getenv(name)); len(args) > 0 {
			return args
		}
	}
	for _, name := range []string{"sensible-editor", "nano", "vi"} {
		if _, err := exec.LookPath(name); err == nil {
			return []string{name}
		}
	}
	return nil
}

// edited asks the supervisor what the draft would change.
func (m *model) edited(msg editedMsg) tea.Cmd {
	if msg.err != nil {
		msg.draft.discard()
		m.say(true, "%s", words.EditorFailed(firstLine(msg.err.Error())))
		return nil
	}
	d, ctx, engine := msg.draft, m.ctx, m.engine
	return func() tea.Msg { return compare(ctx, engine, d) }
}

func compare(ctx context.Context, engine Engine, d *draft) tea.Msg {
	text, err := os.ReadFile(d.path)
	if err != nil {
		return comparedMsg{draft: d, refuse: err}
	}
	if bytes.Equal(text, d.before) {
		return comparedMsg{draft: d, same: true}
	}
	would, err := engine.Reload(ctx, api.ReloadRequest{Config: d.path, DryRun: true})
	return comparedMsg{draft: d, would: would, refuse: err}
}

// compared shows the difference before it is applied.
func (m *model) compared(msg comparedMsg) {
	if msg.same {
		msg.draft.discard()
		m.say(false, "%s", words.NothingEdited)
		return
	}
	m.dialog = changesDialog{comparedMsg: msg}
}

// changesDialog shows what a draft changes, or what is wrong with it.
type changesDialog struct {
	comparedMsg
	offset int
}

func (d changesDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch {
	case press.String() == "e":
		m.dialog = nil
		return m.write(draftMsg{draft: d.draft})
	case key.Matches(press, m.dialogs.down):
		d.offset = min(d.offset+1, max(0, len(d.lines(m))-d.room(m)))
		m.dialog = d
	case key.Matches(press, m.dialogs.up):
		d.offset = max(0, d.offset-1)
		m.dialog = d
	case d.refuse == nil && key.Matches(press, m.dialogs.yes):
		m.dialog = nil
		draft, ctx, engine := d.draft, m.ctx, m.engine
		m.say(false, "%s", words.Applying)
		return func() tea.Msg { return apply(ctx, engine, draft) }
	case key.Matches(press, m.dialogs.no):
		m.dialog = nil
		d.draft.discard()
		m.say(false, "%s", words.NotApplied)
	}
	return nil
}

// apply puts the draft in the place of the file and has it read.
func apply(ctx context.Context, engine Engine, d *draft) tea.Msg {
	if err := os.Rename(d.path, d.file); err != nil {
		d.discard()
		return saidMsg{err: fmt.Errorf("cannot save the configuration: %w", err)}
	}
	done, err := engine.Reload(ctx, api.ReloadRequest{Config: d.file})
	if err != nil {
		return saidMsg{err: err}
	}
	for _, c := range done.Changes {
		if c.Error != "" {
			return saidMsg{err: fmt.Errorf("%s: %s", c.Service, c.Error)}
		}
	}
	return saidMsg{text: words.Applied(len(done.Changes))}
}

func (d changesDialog) room(m *model) int { return max(1, m.height-6) }

func (d changesDialog) lines(m *model) []string {
	width := max(20, m.width-8)
	var lines []string
	if d.refuse != nil {
		// The draft has a name of its own; the person knows the file by another.
		text := strings.ReplaceAll(d.refuse.Error(), d.draft.path, d.draft.file)
		for line := range strings.Lines(ansi.Wordwrap(text, width, "")) {
			lines = append(lines, m.styles.Bad.Render(safe.Text(strings.TrimRight(line, "\n"))))
		}
		return lines
	}
	for _, c := range d.would.Changes {
		style := m.styles.Wait
		switch c.Action {
		case api.ChangeAdd:
			style = m.styles.Good
		case api.ChangeRemove:
			style = m.styles.Bad
		}
		lines = append(lines, m.styles.Strong.Render(safe.Text(c.Service))+"  "+style.Render(words.Change(c.Action)))
		for _, k := range c.Keys {
			line := "  " + safe.Text(k.Key)
			if k.From != "" || k.To != "" {
				line += "  " + m.styles.Bad.Render(safe.Text(k.From)) + m.styles.Faint.Render(" → ") + m.styles.Good.Render(safe.Text(k.To))
			} else {
				line += "  " + m.styles.Faint.Render(words.ChangedSecret)
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, words.NoChange)
	}
	return lines
}

func (d changesDialog) render(m *model) string {
	title, keys := words.ChangesTitle, m.hint("y", words.Apply)+"   "+m.hint("e", words.EditAgain)+"   "+m.hint("n", words.DropChanges)
	if d.refuse != nil {
		title, keys = words.RefusedTitle, m.hint("e", words.EditAgain)+"   "+m.hint("n", words.DropChanges)
	}
	lines, room := d.lines(m), d.room(m)
	shown := lines[min(d.offset, len(lines)):min(d.offset+room, len(lines))]
	return m.box(append(append([]string{m.styles.Strong.Render(title), ""}, shown...), "", keys))
}
