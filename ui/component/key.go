package component

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/messages"
)

// Key is one thing that a person can do with a key. It is declared once: the
// footer, the help, the palette and docs/keys.md are made from it.
type Key struct {
	Keys  string // as Bubble Tea names them, separated by spaces
	Label string // how the help writes them; empty: as Keys
	Help  string // what they do, in a sentence without a full stop
	Name  string // what the palette calls it; empty: it is not there
	Group string // the section of the help: one of messages.Groups

	// When tells whether the key does something now; nil: at any time.
	When func(Screen) bool
	Run  func(Screen) Effects
	Hint Hint
}

// Hint says how the footer offers a key. The zero value does not offer it.
type Hint struct {
	Text  string
	Label string // in place of the key, where one hint stands for several keys
	// Table and Tab are the place of the hint while the table or the tab in front
	// has the footer. The lowest number comes first; 0 leaves the hint out. A tab
	// has the footer when it offers a key of its own.
	Table, Tab int
	TabText    string // instead of Text while the tab has the footer; empty: the same
	// When tells whether to offer the key now; nil: whenever it does something.
	When func(Screen) bool
}

// Matches tells whether msg is a press of the key.
func (k Key) Matches(msg tea.KeyPressMsg) bool {
	return slices.Contains(strings.Fields(k.Keys), msg.String())
}

// Shown is how the help writes the key.
func (k Key) Shown() string {
	if k.Label != "" {
		return k.Label
	}
	return k.Keys
}

// Active tells whether the key does something now.
func (k Key) Active(scr Screen) bool { return k.When == nil || k.When(scr) }

// Offered tells whether the footer offers the key now.
func (k Key) Offered(scr Screen) bool {
	if k.Hint.When != nil {
		return k.Hint.When(scr)
	}
	return k.Active(scr)
}

// Offer is the hint as the footer shows it: a key, and what it does. inTab tells
// that the tab has the footer.
func (k Key) Offer(inTab bool) (label, text string) {
	label, _, _ = strings.Cut(k.Shown(), " ")
	if k.Hint.Label != "" {
		label = k.Hint.Label
	}
	if inTab && k.Hint.TabText != "" {
		return label, k.Hint.TabText
	}
	return label, k.Hint.Text
}

// InFront is a condition of keys that act on the tab that they belong to.
func InFront(scr Screen) bool { return scr.Front }

// Focused is a condition of keys that mean something else in the table.
func Focused(scr Screen) bool { return scr.Focused }

// FocusedInFront is a condition of keys of a tab while it has the keys.
func FocusedInFront(scr Screen) bool { return scr.Front && scr.Focused }

// HasSelection is a condition of keys that act on the selected service.
func HasSelection(scr Screen) bool {
	_, ok := scr.Current()
	return ok
}

// Do makes the Run of a key that has no effects outside its part.
func Do(fn func()) func(Screen) Effects {
	return func(Screen) Effects { fn(); return nil }
}

// Always makes the Run of a key that has the same effects each time.
func Always(effects Effects) func(Screen) Effects {
	return func(Screen) Effects { return effects }
}

// KeyGroup is a section of the help.
type KeyGroup struct {
	Title string
	Keys  []Key
}

// Grouped sorts keys into the sections of the help. The keys of dialogs are the
// last section.
func Grouped(keys []Key) []KeyGroup {
	var groups []KeyGroup
	for _, title := range messages.Groups() {
		group := KeyGroup{Title: title}
		for _, k := range keys {
			if k.Group == title {
				group.Keys = append(group.Keys, k)
			}
		}
		if len(group.Keys) > 0 {
			groups = append(groups, group)
		}
	}
	return append(groups, KeyGroup{messages.GroupDialogs, []Key{
		{Label: "y enter", Help: "yes"},
		{Label: "n esc", Help: "no"},
		{Label: "tab", Help: "complete a path, where one is typed"},
	}})
}

// DialogKeys are the keys of dialogs and prompts, besides the letters that are
// typed into them.
type DialogKeys struct{ Yes, No, Complete, Back, Up, Down, Enter key.Binding }

// Dialogs returns them.
func Dialogs() DialogKeys {
	bind := func(keys ...string) key.Binding { return key.NewBinding(key.WithKeys(keys...)) }
	return DialogKeys{
		Yes: bind("y", "enter"), No: bind("n", "q", "esc"), Complete: bind("tab"), Back: bind("esc"),
		Up: bind("up", "ctrl+p", "k"), Down: bind("down", "ctrl+n", "j"), Enter: bind("enter"),
	}
}

// Pressed tells whether msg is the press of one of these keys.
func Pressed(msg tea.Msg, bindings ...key.Binding) bool {
	press, ok := msg.(tea.KeyPressMsg)
	return ok && key.Matches(press, bindings...)
}
