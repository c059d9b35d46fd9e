package ui

import (
	"context"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// controlsDialog changes what can be set at a camera while its picture is to
// be seen beside it.
type controlsDialog struct {
	camera  api.Service
	list    []api.Control
	problem string
	known   bool
	cursor  int
	sending bool           // a controlsMsg is on its way
	wanted  map[string]int // what was changed since it was asked for
}

// controlsMsg brings the controls as they are.
type controlsMsg struct {
	camera string
	list   api.Controls
	err    error
}

// openControls shows the controls of the camera that is previewed.
func (m *model) openControls() tea.Cmd {
	s, ok := m.cameraOf()
	if !ok {
		m.say(true, "%s", words.NoCamera)
		return nil
	}
	m.tab = tabCamera
	d := &controlsDialog{camera: s, wanted: map[string]int{}}
	m.dialog = d
	return d.ask(m, nil)
}

// ask sets values, or only asks what they are.
func (d *controlsDialog) ask(m *model, values map[string]int) tea.Cmd {
	d.sending = true
	ctx, engine, s := m.ctx, m.engine, d.camera
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, frameWait)
		defer cancel()
		msg := controlsMsg{camera: s.Name}
		if values == nil {
			msg.list, msg.err = engine.Controls(ctx, s)
		} else {
			msg.list, msg.err = engine.SetControls(ctx, s, values)
		}
		return msg
	}
}

// controlled takes the camera's answer. What was changed meanwhile is sent
// next, all at once.
func (m *model) controlled(msg controlsMsg) tea.Cmd {
	d, ok := m.dialog.(*controlsDialog)
	if !ok || d.camera.Name != msg.camera {
		return nil
	}
	d.sending = false
	d.problem = ""
	if msg.err != nil {
		d.problem = firstLine(msg.err.Error())
		d.wanted = map[string]int{}
		return nil
	}
	d.list, d.known = msg.list.Controls, true
	d.cursor = min(d.cursor, max(0, len(d.list)-1))
	if len(d.wanted) == 0 {
		return nil
	}
	values := maps.Clone(d.wanted)
	d.wanted = map[string]int{}
	for i := range d.list {
		if v, ok := values[d.list[i].ID]; ok {
			d.list[i].Value = v
		}
	}
	return d.ask(m, values)
}

func (d *controlsDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch press.String() {
	case "esc", "q", "c", "ctrl+c":
		m.dialog = nil
	case "up", "k":
		d.cursor = max(0, d.cursor-1)
	case "down", "j":
		d.cursor = min(max(0, len(d.list)-1), d.cursor+1)
	case "left", "h", "-":
		return d.change(m, -1)
	case "right", "l", "+":
		return d.change(m, 1)
	case "pgdown", "H":
		return d.change(m, -10)
	case "pgup", "L":
		return d.change(m, 10)
	case "space", "enter":
		return d.change(m, 1)
	case "d":
		if d.cursor < len(d.list) {
			return d.set(m, d.list[d.cursor:d.cursor+1])
		}
	case "D":
		return d.set(m, d.list)
	}
	return nil
}

// change moves the control under the cursor by so many steps.
func (d *controlsDialog) change(m *model, steps int) tea.Cmd {
	if d.cursor >= len(d.list) {
		return nil
	}
	c := &d.list[d.cursor]
	if c.ReadOnly {
		return nil
	}
	return d.send(m, c, moved(*c, steps))
}

// moved is a control's value so many steps further.
func moved(c api.Control, steps int) int {
	switch c.Type {
	case "bool":
		return 1 - c.Value
	case "button":
		return 1
	case "menu":
		i := slices.IndexFunc(c.Menu, func(item api.MenuItem) bool { return item.Value == c.Value })
		if n := len(c.Menu); n > 0 {
			return c.Menu[((i+steps)%n+n)%n].Value
		}
		return c.Value
	}
	return min(max(c.Value+steps*max(1, c.Step), c.Min), c.Max)
}

// set gives controls their defaults.
func (d *controlsDialog) set(m *model, list []api.Control) tea.Cmd {
	var cmd tea.Cmd
	for i := range list {
		c := &list[i]
		if c.ReadOnly || c.Inactive || c.Type == "button" || c.Value == c.Default {
			continue
		}
		c.Value = c.Default
		d.wanted[c.ID] = c.Default
	}
	if len(d.wanted) > 0 && !d.sending {
		values := maps.Clone(d.wanted)
		d.wanted = map[string]int{}
		cmd = d.ask(m, values)
	}
	return cmd
}

// send asks the camera for a value. While it works on another one, only the
// newest is kept: a key that is held down does not pile up.
func (d *controlsDialog) send(m *model, c *api.Control, v int) tea.Cmd {
	if v == c.Value && c.Type != "button" {
		return nil
	}
	if c.Type != "button" {
		c.Value = v
	}
	if d.sending {
		d.wanted[c.ID] = v
		return nil
	}
	return d.ask(m, map[string]int{c.ID: v})
}

// The widths of a line of the dialog.
const (
	controlName  = 26
	controlBar   = 14
	controlsHigh = 12 // lines at most, so that something of the picture is left
)

func (d *controlsDialog) render(m *model) string {
	lines := []string{m.styles.Strong.Render(words.ControlsOf(safe.Text(d.camera.Name))), ""}
	switch {
	case !d.known && d.problem == "":
		lines = append(lines, m.styles.Faint.Render(words.ControlsAsking))
	case d.known && len(d.list) == 0:
		lines = append(lines, m.styles.Faint.Render(words.NoControls))
	}
	room := max(1, min(controlsHigh, m.height-9))
	first := min(max(0, d.cursor-room/2), max(0, len(d.list)-room))
	for i := first; i < min(len(d.list), first+room); i++ {
		lines = append(lines, d.line(m, i))
	}
	if more := len(d.list) - room; more > 0 {
		lines = append(lines, m.styles.Faint.Render(words.ControlsPlace(d.cursor+1, len(d.list))))
	}
	if d.problem != "" {
		lines = append(lines, m.styles.Bad.Render(safe.Text(d.problem)))
	}
	hints := m.hint("esc", words.HintClose)
	if len(d.list) > 0 {
		hints = m.hint("←→", words.HintChange) + "  " + m.hint("d D", words.HintDefault) + "  " + hints
	}
	return m.box(append(lines, "", hints))
}

// line is one control: its name, where it stands, and what it is.
func (d *controlsDialog) line(m *model, i int) string {
	c := d.list[i]
	mark, name := "  ", m.styles.Faint.Render(fit(safe.Text(c.Name), controlName))
	if !c.Inactive && !c.ReadOnly {
		name = fit(safe.Text(c.Name), controlName)
	}
	if i == d.cursor {
		mark = m.styles.Selected.Render(m.pointer()) + " "
		name = m.styles.Selected.Render(fit(safe.Text(c.Name), controlName))
	}
	return mark + name + " " + d.value(m, c)
}

func (d *controlsDialog) value(m *model, c api.Control) string {
	after := ""
	switch {
	case c.ReadOnly:
		after = m.styles.Faint.Render("  " + words.ReadOnly)
	case c.Inactive:
		after = m.styles.Faint.Render("  " + words.Inactive)
	}
	switch c.Type {
	case "bool":
		return words.Switched(c.Value != 0) + after
	case "button":
		return m.styles.Faint.Render(words.PressEnter) + after
	case "menu":
		for _, item := range c.Menu {
			if item.Value == c.Value {
				return "‹ " + safe.Text(item.Name) + " ›" + after
			}
		}
	}
	filled, empty := m.bar(float64(c.Value-c.Min), float64(max(1, c.Max-c.Min)), controlBar)
	return filled + empty + " " + words.Value(c.Value, c.Default) + after
}

// place leaves the right of the picture to be seen.
func (d *controlsDialog) place(width, height, w, h int) (x, y int) {
	return 0, max(0, height-h-1)
}

// placed is a dialog that does not lie in the middle.
type placed interface {
	place(width, height, w, h int) (x, y int)
}
