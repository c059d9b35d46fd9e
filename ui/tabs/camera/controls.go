package camera

import (
	"context"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// controlsDialog sets the controls of a camera, next to its picture.
type controlsDialog struct {
	ctx     context.Context
	engine  Engine
	camera  api.Service
	list    []api.Control
	problem string
	known   bool // list is what the camera answered
	cursor  int
	asking  bool           // a controlsMsg is on its way
	wanted  map[string]int // values chosen while a request runs, by control
}

// controlsMsg brings the controls as they are.
type controlsMsg struct {
	camera string
	list   api.Controls
	err    error
}

// openControls shows the controls of the camera that is previewed.
func (t *Tab) openControls(scr component.Screen) component.Effects {
	s, ok := cameraOf(scr)
	if !ok {
		return component.Warn(messages.NoCamera)
	}
	d := &controlsDialog{ctx: t.ctx, engine: t.engine, camera: s, wanted: map[string]int{}}
	return slices.Concat(component.ShowTab(id), component.Open(d), component.Run(d.ask(nil)))
}

// ask sets values, or with nil only asks what the controls are.
func (d *controlsDialog) ask(values map[string]int) tea.Cmd {
	d.asking = true
	ctx, engine, s := d.ctx, d.engine, d.camera
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, answerWait)
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

// answered handles the camera's answer. Values chosen since the request are sent next,
// all in one request.
func (d *controlsDialog) answered(msg controlsMsg) tea.Cmd {
	if d.camera.Name != msg.camera {
		return nil
	}
	d.asking = false
	d.problem = ""
	if msg.err != nil {
		d.problem = safe.FirstLine(msg.err.Error())
		clear(d.wanted)
		return nil
	}
	d.list, d.known = msg.list.Controls, true
	d.cursor = min(d.cursor, max(0, len(d.list)-1))
	if len(d.wanted) == 0 {
		return nil
	}
	for i := range d.list {
		if v, ok := d.wanted[d.list[i].ID]; ok {
			d.list[i].Value = v
		}
	}
	return d.sendWanted()
}

// sendWanted asks for all values that are wanted.
func (d *controlsDialog) sendWanted() tea.Cmd {
	values := maps.Clone(d.wanted)
	clear(d.wanted)
	return d.ask(values)
}

// Update moves the cursor and changes values.
func (d *controlsDialog) Update(_ component.Screen, msg tea.Msg) (component.Dialog, component.Effects) {
	switch msg := msg.(type) {
	case controlsMsg:
		return d, component.Run(d.answered(msg))
	case tea.KeyPressMsg:
		switch msg.String() {
		case "esc", "q", "c", "ctrl+c":
			return nil, nil
		}
		return d, component.Run(d.press(msg.String()))
	}
	return d, nil
}

func (d *controlsDialog) press(key string) tea.Cmd {
	switch key {
	case "up", "k":
		d.cursor = max(0, d.cursor-1)
	case "down", "j":
		d.cursor = min(max(0, len(d.list)-1), d.cursor+1)
	case "left", "h", "-":
		return d.step(-1)
	case "right", "l", "+", "space", "enter":
		return d.step(1)
	case "pgdown", "H":
		return d.step(-10)
	case "pgup", "L":
		return d.step(10)
	case "d":
		if d.cursor < len(d.list) {
			return d.reset(d.list[d.cursor : d.cursor+1])
		}
	case "D":
		return d.reset(d.list)
	}
	return nil
}

// step changes the control under the cursor by this many steps.
func (d *controlsDialog) step(steps int) tea.Cmd {
	if d.cursor >= len(d.list) || d.list[d.cursor].ReadOnly {
		return nil
	}
	c := &d.list[d.cursor]
	return d.set(c, stepped(*c, steps))
}

// stepped is a control's value this many steps further.
func stepped(c api.Control, steps int) int {
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

// reset gives controls their default values.
func (d *controlsDialog) reset(list []api.Control) tea.Cmd {
	for i := range list {
		c := &list[i]
		if c.ReadOnly || c.Inactive || c.Type == "button" || c.Value == c.Default {
			continue
		}
		c.Value = c.Default
		d.wanted[c.ID] = c.Default
	}
	if len(d.wanted) == 0 || d.asking {
		return nil
	}
	return d.sendWanted()
}

// set asks the camera for a value. While it is busy with another request only
// the newest value is kept, so a key that is held down does not pile up.
func (d *controlsDialog) set(c *api.Control, v int) tea.Cmd {
	if v == c.Value && c.Type != "button" {
		return nil
	}
	if c.Type != "button" {
		c.Value = v
	}
	if d.asking {
		d.wanted[c.ID] = v
		return nil
	}
	return d.ask(map[string]int{c.ID: v})
}

// The sizes of the dialog, in cells.
const (
	controlName   = 26
	controlBar    = 14
	controlsLines = 12 // at most, to leave something of the picture visible
)

// View draws the controls that there is room for.
func (d *controlsDialog) View(scr component.Screen) string {
	lines := []string{scr.Styles.Strong.Render(messages.ControlsOf(safe.Text(d.camera.Name))), ""}
	switch {
	case !d.known && d.problem == "":
		lines = append(lines, scr.Styles.Faint.Render(messages.ControlsAsking))
	case d.known && len(d.list) == 0:
		lines = append(lines, scr.Styles.Faint.Render(messages.NoControls))
	}
	room := max(1, min(controlsLines, scr.Height-9))
	first := min(max(0, d.cursor-room/2), max(0, len(d.list)-room))
	for i := first; i < min(len(d.list), first+room); i++ {
		lines = append(lines, d.line(scr, i))
	}
	if more := len(d.list) - room; more > 0 {
		lines = append(lines, scr.Styles.Faint.Render(messages.ControlsPlace(d.cursor+1, len(d.list))))
	}
	if d.problem != "" {
		lines = append(lines, scr.Styles.Bad.Render(safe.Text(d.problem)))
	}
	hints := scr.Hint("esc", messages.HintClose)
	if len(d.list) > 0 {
		hints = scr.Hint("←→", messages.HintChange) + "  " + scr.Hint("d D", messages.HintDefault) + "  " + hints
	}
	return scr.Box(append(lines, "", hints), scr.Width, scr.Height)
}

// line is one control: its name and its value.
func (d *controlsDialog) line(scr component.Screen, i int) string {
	c := d.list[i]
	name := draw.Fit(safe.Text(c.Name), controlName)
	switch {
	case i == d.cursor:
		name = scr.Styles.Selected.Render(name)
	case c.Inactive || c.ReadOnly:
		name = scr.Styles.Faint.Render(name)
	}
	return scr.Marker(i == d.cursor) + name + " " + value(scr, c)
}

func value(scr component.Screen, c api.Control) string {
	after := ""
	switch {
	case c.ReadOnly:
		after = scr.Note(messages.ReadOnly)
	case c.Inactive:
		after = scr.Note(messages.Inactive)
	}
	switch c.Type {
	case "bool":
		return messages.Switched(c.Value != 0) + after
	case "button":
		return scr.Styles.Faint.Render(messages.PressEnter) + after
	case "menu":
		for _, item := range c.Menu {
			if item.Value == c.Value {
				return "‹ " + safe.Text(item.Name) + " ›" + after
			}
		}
	}
	bar := scr.Bar(float64(c.Value-c.Min), float64(max(1, c.Max-c.Min)), controlBar)
	return bar + " " + messages.Value(c.Value, c.Default) + after
}

// Place leaves the right side of the picture visible.
func (d *controlsDialog) Place(scr component.Screen, _, h int) (x, y int) {
	return 0, max(0, scr.Height-h-1)
}
