package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// palette finds any action, and any service, by a part of its name.
type palette struct {
	input textinput.Model
	at    int
}

// choice is one line of the palette.
type choice struct {
	name, key string
	run       func(*model) tea.Cmd
}

func newPalette() *palette {
	in := newInput()
	in.CharLimit = 100
	in.Focus()
	return &palette{input: in}
}

// choices are those that are possible now and go with what was typed, the best
// first.
func (d *palette) choices(m *model) []choice {
	var ranks [4][]choice
	typed := strings.ToLower(strings.TrimSpace(d.input.Value()))
	add := func(c choice) {
		name := strings.ToLower(c.name)
		switch {
		case strings.HasPrefix(name, typed):
			ranks[0] = append(ranks[0], c)
		case strings.Contains(name, " "+typed):
			ranks[1] = append(ranks[1], c)
		case strings.Contains(name, typed):
			ranks[2] = append(ranks[2], c)
		case scattered(name, typed):
			ranks[3] = append(ranks[3], c)
		}
	}
	for _, a := range m.actions {
		if a.name == "" || a.when != nil && !a.when(m) {
			continue
		}
		add(choice{a.name, a.binding.Help().Key, a.run})
	}
	for _, s := range m.snapshot.Services {
		add(choice{words.GoTo(safe.Text(s.Name)), "", just(func(m *model) { m.pick(s.Name) })})
	}
	return slices.Concat(ranks[:]...)
}

// scattered tells whether the letters of typed are in name, in their order.
func scattered(name, typed string) bool {
	for _, r := range name {
		if strings.HasPrefix(typed, string(r)) {
			typed = typed[len(string(r)):]
		}
	}
	return typed == ""
}

func (d *palette) update(m *model, msg tea.Msg) tea.Cmd {
	list := d.choices(m)
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch {
		case key.Matches(press, m.dialogs.back):
			m.dialog = nil
			return nil
		case press.String() == "up" || press.String() == "ctrl+p":
			d.at = max(0, d.at-1)
			return nil
		case press.String() == "down" || press.String() == "ctrl+n":
			d.at = min(d.at+1, max(0, len(list)-1))
			return nil
		case key.Matches(press, m.dialogs.enter):
			m.dialog = nil
			if d.at < len(list) {
				return list[d.at].run(m)
			}
			return nil
		}
	}
	before := d.input.Value()
	var cmd tea.Cmd
	d.input, cmd = d.input.Update(msg)
	if d.input.Value() != before {
		d.at = 0
	}
	return cmd
}

func (d *palette) render(m *model) string {
	width := min(52, m.width-8)
	d.input.SetWidth(max(1, width-3))
	lines := []string{m.styles.Strong.Render(words.Palette), ": " + fit(d.input.View(), max(1, width-2)), ""}
	list := d.choices(m)
	room := max(1, min(14, m.height-8))
	first := max(0, d.at-room+1)
	for i := first; i < min(len(list), first+room); i++ {
		mark, name := "  ", list[i].name
		if i == d.at {
			mark, name = m.pointer()+" ", m.styles.Selected.Render(name)
		}
		lines = append(lines, sides(mark+name, m.styles.Key.Render(list[i].key), width))
	}
	if len(list) == 0 {
		lines = append(lines, m.styles.Faint.Render(words.PaletteNothing))
	}
	for len(lines) < room+3 {
		lines = append(lines, "")
	}
	return m.box(append(lines, "", fit(m.hint("enter", words.DoIt)+"   "+m.hint("esc", words.Back), width)))
}
