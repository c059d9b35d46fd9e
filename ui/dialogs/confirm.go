// Package dialogs has the dialogs that belong to no part of the dashboard in
// particular: a question, the help and the palette.
package dialogs

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Confirm asks before something that interrupts clients.
type Confirm struct {
	question string
	yes      func(component.Screen) component.Effects
	no       bool // Enter means no, because that was chosen with an arrow
}

// NewConfirm asks a question. yes is called when the answer is yes.
func NewConfirm(question string, yes func(component.Screen) component.Effects) *Confirm {
	return &Confirm{question: question, yes: yes}
}

// Update takes the answer.
func (d *Confirm) Update(scr component.Screen, msg tea.Msg) (component.Dialog, component.Effects) {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return d, nil
	}
	keys := component.Dialogs()
	switch press.String() {
	case "left", "right", "h", "l", "tab", "shift+tab":
		d.no = !d.no
		return d, nil
	}
	switch {
	case component.Pressed(press, keys.Yes) && !(d.no && press.String() == "enter"):
		return nil, d.yes(scr)
	case component.Pressed(press, keys.No, keys.Enter):
		return nil, nil
	}
	return d, nil
}

// View draws the question and both answers.
func (d *Confirm) View(scr component.Screen) string {
	lines := []string{}
	question := ansi.Wordwrap(safe.Text(d.question), max(1, scr.Width-10), "")
	for _, line := range strings.Split(question, "\n") {
		lines = append(lines, scr.Styles.Strong.Render(line))
	}
	yes, no := scr.Styles.TabOn, scr.Styles.Tab
	if d.no {
		yes, no = no, yes
	}
	key := scr.Styles.Key.Render
	answers := key("y") + " " + yes.Render(" "+messages.Yes+" ") + "   " + key("n") + " " + no.Render(" "+messages.No+" ")
	return scr.Box(append(lines, "", answers), scr.Width, scr.Height)
}
