package dialogs

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
)

// Choice is something that the palette can do.
type Choice struct {
	Name string
	Key  string // that does the same; empty for none
	Run  func() component.Effects
}

// Palette finds a Choice by a part of its name.
type Palette struct {
	choices func() []Choice
	input   textinput.Model
	cursor  int
}

// NewPalette makes a palette. choices returns what is possible at the moment.
func NewPalette(choices func() []Choice) *Palette {
	in := component.NewInput()
	in.CharLimit = 100
	in.Focus()
	return &Palette{choices: choices, input: in}
}

// matching are the choices whose names match what was typed, the best first.
func (d *Palette) matching() []Choice {
	var ranks [4][]Choice
	typed := strings.ToLower(strings.TrimSpace(d.input.Value()))
	for _, c := range d.choices() {
		name := strings.ToLower(c.Name)
		switch {
		case strings.HasPrefix(name, typed):
			ranks[0] = append(ranks[0], c)
		case strings.Contains(name, " "+typed):
			ranks[1] = append(ranks[1], c)
		case strings.Contains(name, typed):
			ranks[2] = append(ranks[2], c)
		case hasLetters(name, typed):
			ranks[3] = append(ranks[3], c)
		}
	}
	return slices.Concat(ranks[:]...)
}

// hasLetters tells whether name has the characters of typed, in their order.
func hasLetters(name, typed string) bool {
	for _, r := range name {
		if strings.HasPrefix(typed, string(r)) {
			typed = typed[len(string(r)):]
		}
	}
	return typed == ""
}

// Update takes a key, or text for the name.
func (d *Palette) Update(_ component.Screen, msg tea.Msg) (component.Dialog, component.Effects) {
	keys := component.Dialogs()
	if press, ok := msg.(tea.KeyPressMsg); ok {
		list := d.matching()
		switch {
		case component.Pressed(press, keys.Back):
			return nil, nil
		case press.String() == "up" || press.String() == "ctrl+p":
			d.cursor = max(0, d.cursor-1)
			return d, nil
		case press.String() == "down" || press.String() == "ctrl+n":
			d.cursor = min(d.cursor+1, max(0, len(list)-1))
			return d, nil
		case component.Pressed(press, keys.Enter):
			if d.cursor < len(list) {
				return nil, list[d.cursor].Run()
			}
			return nil, nil
		}
	}
	before := d.input.Value()
	var cmd tea.Cmd
	d.input, cmd = d.input.Update(msg)
	if d.input.Value() != before {
		d.cursor = 0
	}
	return d, component.Run(cmd)
}

// View draws the choices around the cursor.
func (d *Palette) View(scr component.Screen) string {
	width := min(52, scr.Width-8)
	d.input.SetWidth(max(1, width-3))
	lines := []string{
		scr.Styles.Strong.Render(messages.Palette),
		": " + draw.Fit(d.input.View(), max(1, width-2)),
		"",
	}
	list := d.matching()
	room := max(1, min(14, scr.Height-8))
	first := max(0, d.cursor-room+1)
	for i := first; i < min(len(list), first+room); i++ {
		mark, name := "  ", list[i].Name
		if i == d.cursor {
			mark, name = scr.Pointer()+" ", scr.Styles.Selected.Render(name)
		}
		lines = append(lines, draw.Sides(mark+name, scr.Styles.Key.Render(list[i].Key), width))
	}
	if len(list) == 0 {
		lines = append(lines, scr.Styles.Faint.Render(messages.PaletteNothing))
	}
	for len(lines) < room+3 {
		lines = append(lines, "")
	}
	hints := scr.Hint("enter", messages.DoIt) + "   " + scr.Hint("esc", messages.Back)
	return scr.Box(append(lines, "", draw.Fit(hints, width)), scr.Width, scr.Height)
}
