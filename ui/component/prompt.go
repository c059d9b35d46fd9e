package component

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Prompt asks for a line of text in the place of the footer.
type Prompt struct {
	// Typed is called with every change of the text; nil: only the end counts.
	Typed func(scr Screen, text string)
	// Keep is called with the text on Enter, Drop on Esc; either may be nil.
	Keep func(scr Screen, text string) Effects
	Drop func(scr Screen)
	// Problem says what is wrong with the text; nil or empty: nothing is.
	Problem func() string

	label, hint string
	input       textinput.Model
}

// NewPrompt makes a prompt with a text that can be edited. The hint says what
// Enter and Esc do.
func NewPrompt(label, hint, text string) *Prompt {
	in := NewInput()
	in.CharLimit = 4096
	in.SetValue(text)
	in.CursorEnd()
	in.Focus()
	return &Prompt{label: label, hint: hint, input: in}
}

// NewInput makes a field for text. Its cursor does not blink, because that would
// draw the screen for nothing.
func NewInput() textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	styles := in.Styles()
	styles.Cursor.Blink = false
	in.SetStyles(styles)
	return in
}

// Update takes a key or a paste. It reports true when the prompt is done.
func (p *Prompt) Update(scr Screen, msg tea.Msg) (done bool, effects Effects) {
	keys := Dialogs()
	switch {
	case Pressed(msg, keys.Back):
		if p.Drop != nil {
			p.Drop(scr)
		}
		return true, nil
	case Pressed(msg, keys.Enter):
		if p.Keep != nil {
			return true, p.Keep(scr, p.input.Value())
		}
		return true, nil
	}
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if text := p.input.Value(); text != before && p.Typed != nil {
		p.Typed(scr, text)
	}
	return false, Run(cmd)
}

// View draws the prompt in one line.
func (p *Prompt) View(scr Screen) string {
	label := " " + scr.Styles.Key.Render(p.label+":") + " "
	hint := scr.Styles.Faint.Render(p.hint)
	if p.Problem != nil && p.Problem() != "" {
		hint = scr.Styles.Bad.Render(safe.Text(p.Problem()))
	}
	room := scr.Width - len(p.label) - 4
	if room >= 2*len(p.hint) {
		room -= len(p.hint) + 3
	} else {
		hint = ""
	}
	p.input.SetWidth(max(1, room-1))
	return draw.Sides(label+p.input.View(), hint+" ", scr.Width)
}
