package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/logview"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// prompt asks for a line of text in the place of the footer. What it is for
// takes effect while one types.
type prompt struct {
	label, hint string
	input       textinput.Model
	typed       func(m *model, text string) // nil: only the end counts
	keep        func(m *model, text string) tea.Cmd
	drop        func(m *model)
}

// newInput is a field for text. Its cursor stands still: blinking would draw
// the screen for nothing.
func newInput() textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	styles := in.Styles()
	styles.Cursor.Blink = false
	in.SetStyles(styles)
	return in
}

func newPrompt(label, hint, text string) *prompt {
	in := newInput()
	in.CharLimit = 4096
	in.SetValue(text)
	in.CursorEnd()
	in.Focus()
	return &prompt{label: label, hint: hint, input: in}
}

func (p *prompt) update(m *model, msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch {
		case key.Matches(press, m.dialogs.back):
			m.prompt = nil
			if p.drop != nil {
				p.drop(m)
			}
			return nil
		case key.Matches(press, m.dialogs.enter):
			m.prompt = nil
			if p.keep != nil {
				return p.keep(m, p.input.Value())
			}
			return nil
		}
	}
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if text := p.input.Value(); text != before && p.typed != nil {
		p.typed(m, text)
	}
	return cmd
}

func (p *prompt) render(m *model) string {
	label := " " + m.styles.Key.Render(p.label+":") + " "
	hint := p.hint
	if problem := m.log.Problem(); problem != "" {
		hint = m.styles.Bad.Render(safe.Text(problem))
	} else {
		hint = m.styles.Faint.Render(hint)
	}
	room := m.width - len(p.label) - 4
	if room >= 2*len(p.hint) {
		room -= len(p.hint) + 3
	} else {
		hint = ""
	}
	p.input.SetWidth(max(1, room-1))
	return sides(label+p.input.View(), hint+" ", m.width)
}

// askSearch looks for a pattern in the log. Esc forgets it.
func (m *model) askSearch() {
	p := newPrompt(words.Search, words.PromptHint, "")
	set := func(m *model, text string) { m.choose(func(o *logview.Options) { o.Search = text }) }
	set(m, "")
	p.typed = set
	p.drop = func(m *model) { set(m, "") }
	p.keep = func(m *model, _ string) tea.Cmd { m.log.JumpNear(); return nil }
	m.prompt = p
}

// askPattern asks for one of the filters; esc brings back the one before.
func (m *model) askPattern(label string, of func(*logview.Options) *string) {
	o := m.log.Options()
	before := *of(&o)
	p := newPrompt(label, words.PromptHint, before)
	p.typed = func(m *model, text string) { m.choose(func(o *logview.Options) { *of(o) = text }) }
	p.drop = func(m *model) { p.typed(m, "") }
	m.prompt = p
}

func (m *model) askOnly() {
	m.askPattern(words.OnlyPrompt, func(o *logview.Options) *string { return &o.Only })
}

func (m *model) askWithout() {
	m.askPattern(words.WithoutPrompt, func(o *logview.Options) *string { return &o.Without })
}

// askFilter narrows the table.
func (m *model) askFilter() {
	p := newPrompt(words.FilterPrompt, words.PromptHint, m.filter)
	p.typed = func(m *model, text string) {
		m.filter = strings.TrimSpace(text)
		m.stayInRows()
	}
	p.drop = func(m *model) { m.filter = "" }
	m.prompt = p
}

// paste takes text from the terminal's clipboard, as if it were typed.
func (m *model) paste(msg tea.PasteMsg) tea.Cmd {
	msg.Content = strings.TrimRight(msg.Content, "\r\n")
	switch {
	case m.prompt != nil && m.dialog == nil:
		return m.prompt.update(m, msg)
	case m.dialog != nil:
		return m.dialog.update(m, msg)
	}
	return nil
}
