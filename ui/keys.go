package ui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/dialogs"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// bindKeys collects the keys of all parts, in the order of the help. Of two with
// the same key the first one counts that does something.
func (m *model) bindKeys() (list keyboard) {
	add := func(tab int, keys []component.Key) {
		for _, k := range keys {
			list = append(list, boundKey{k, tab})
		}
	}
	add(-1, m.moveKeys())
	for _, p := range m.others {
		add(-1, p.Keys())
	}
	add(-1, m.table.Keys())
	add(-1, m.tabKeys())
	for i, t := range m.tabs {
		add(i, t.Keys())
	}
	add(-1, m.paneKeys())
	add(-1, m.dashboardKeys())
	return list
}

func (m *model) moveKeys() []component.Key {
	return []component.Key{
		{
			Keys: "up k", Label: "↑ k", Help: "the service above; in the log and in Info: the line above",
			Name: "Select the one above", Group: messages.GroupServices, Run: m.mover(component.Line, 1),
		},
		{
			Keys: "down j", Label: "↓ j", Help: "the service below; in the log and in Info: the line below",
			Name: "Select the one below", Group: messages.GroupServices, Run: m.mover(component.Line, -1),
		},
		{
			Keys: "pgup ctrl+u ctrl+b", Label: "pgup", Help: "a page up", Name: "Page up",
			Group: messages.GroupLog, Run: m.mover(component.Page, 1),
		},
		{
			Keys: "pgdown ctrl+d ctrl+f", Label: "pgdn", Help: "a page down", Name: "Page down",
			Group: messages.GroupLog, Run: m.mover(component.Page, -1),
		},
	}
}

// tabKeys are the numbers of the tabs.
func (m *model) tabKeys() (keys []component.Key) {
	for i, t := range m.tabs {
		about := t.About()
		k := component.Key{
			Keys: strconv.Itoa(i + 1), Help: about.Summary, Name: about.Title,
			Group: messages.GroupTabs, Run: component.Always(component.ShowTab(about.ID)),
		}
		if i == 0 {
			notInFront := func(component.Screen) bool { return m.front != 0 }
			k.Hint = component.Hint{Text: strings.ToLower(about.Title), Tab: 50, When: notInFront}
		}
		keys = append(keys, k)
	}
	return keys
}

func (m *model) paneKeys() []component.Key {
	next := func(by int) func(component.Screen) component.Effects {
		return component.Do(func() { m.front = (m.front + by + len(m.tabs)) % len(m.tabs) })
	}
	return []component.Key{
		{Keys: "]", Help: "the next tab", Name: "Next tab", Group: messages.GroupTabs, Run: next(1)},
		{Keys: "[", Help: "the previous tab", Name: "Previous tab", Group: messages.GroupTabs, Run: next(-1)},
		{
			Keys: "tab shift+tab", Label: "tab", Help: "give the keys to the tab, or back to the table",
			Name: "Switch between table and tab", Group: messages.GroupTabs,
			Run:  component.Do(func() { m.focused = !m.focused || m.zoomed }),
			Hint: component.Hint{Text: "log", Table: 50, TabText: "choose", Tab: 3, When: m.canMoveInTab},
		},
		{
			Keys: "enter z", Label: "enter", Help: "the tab on the whole screen, and back", Name: "Zoom",
			Group: messages.GroupTabs,
			Run:   component.Do(func() { m.zoomed = !m.zoomed; m.focused = m.zoomed }),
			Hint:  component.Hint{Text: "zoom", Tab: 40},
		},
	}
}

// canMoveInTab tells whether it is of use to give the keys to the tab in front.
func (m *model) canMoveInTab(scr component.Screen) bool {
	_, moves := m.tabs[m.front].(component.Mover)
	return moves && !scr.Focused
}

func (m *model) dashboardKeys() []component.Key {
	g := messages.GroupDashboard
	return []component.Key{
		{
			Keys: "?", Help: "this help", Name: "Help", Group: g, Run: m.openHelp,
			Hint: component.Hint{Text: "help", Table: 10, Tab: 1},
		},
		{
			Keys: ":", Help: "find anything by its name", Group: g,
			Run: func(component.Screen) component.Effects {
				return component.Open(dialogs.NewPalette(m.choices))
			},
			Hint: component.Hint{Text: "find", Table: 80},
		},
		{Keys: "T", Help: "the next theme", Name: "Next theme", Group: g, Run: m.nextTheme},
		{
			Keys: "m", Help: "leave the mouse to the terminal to select text; again: take it",
			Name: "Leave the mouse to the terminal", Group: g, Run: m.toggleMouse,
		},
		{
			Keys: "esc", Help: "go back, or drop filters; never leaves the dashboard", Name: "Back", Group: g,
			Run:  component.Do(m.back),
			Hint: component.Hint{Text: messages.Back, Tab: 2, When: component.Focused},
		},
	}
}

func (m *model) openHelp(component.Screen) component.Effects {
	return component.Open(dialogs.NewHelp(component.Grouped(m.keys.all())))
}

// choices are what the palette can do now: every key that does something, and
// every service that can be selected.
func (m *model) choices() (list []dialogs.Choice) {
	scr := m.screen()
	for _, k := range m.keys.active(scr, m.front) {
		if k.Name != "" {
			run := func() component.Effects { return k.Run(k.in(m.screen(), m.front)) }
			list = append(list, dialogs.Choice{Name: k.Name, Key: k.Shown(), Run: run})
		}
	}
	for _, s := range scr.Snapshot.Services {
		run := func() component.Effects { return component.Effects{component.SelectMsg{Service: s.Name}} }
		list = append(list, dialogs.Choice{Name: messages.GoTo(safe.Text(s.Name)), Run: run})
	}
	return list
}

// press takes a key. A dialog or a prompt has all of them while it is open, but
// for Ctrl-C.
func (m *model) press(msg tea.KeyPressMsg) []tea.Cmd {
	switch {
	case msg.String() == "ctrl+c":
		return m.perform(m.operations.Leave(m.screen()))
	case m.dialog != nil:
		return m.updateDialog(msg)
	case m.prompt != nil:
		return m.updatePrompt(msg)
	case !m.operations.Ending().IsZero() && msg.String() != "q":
		return nil // everything is being stopped
	}
	scr := m.screen()
	for _, k := range m.keys {
		if here := k.in(scr, m.front); k.Matches(msg) && k.Active(here) {
			return m.perform(k.Run(here))
		}
	}
	return nil
}

// paste takes text from the terminal's clipboard, as if it were typed.
func (m *model) paste(msg tea.PasteMsg) []tea.Cmd {
	msg.Content = strings.TrimRight(msg.Content, "\r\n")
	switch {
	case m.dialog != nil:
		return m.updateDialog(msg)
	case m.prompt != nil:
		return m.updatePrompt(msg)
	}
	return nil
}

func (m *model) updateDialog(msg tea.Msg) []tea.Cmd {
	next, effects := m.dialog.Update(m.screen(), msg)
	m.dialog = next
	return m.perform(effects)
}

func (m *model) updatePrompt(msg tea.Msg) []tea.Cmd {
	done, effects := m.prompt.Update(m.screen(), msg)
	if done {
		m.prompt = nil
	}
	return m.perform(effects)
}

// back closes or narrows the newest thing. It never leaves the dashboard.
func (m *model) back() {
	backer := func(i int, scr component.Screen) bool {
		b, ok := m.tabs[i].(component.Backer)
		return ok && b.Back(scr)
	}
	switch {
	case m.zoomed:
		m.zoomed, m.focused = false, false
	case backer(m.front, m.screenOf(m.front)):
	case m.focused:
		m.focused = false
	case m.table.DropFilter():
	default:
		for i := range m.tabs {
			if backer(i, m.screen()) {
				return
			}
		}
	}
}

func (m *model) nextTheme(component.Screen) component.Effects {
	m.setTheme(theme.After(m.look.Styles.Name))
	return component.Notify(messages.Theme(m.look.Styles.Name))
}

func (m *model) toggleMouse(component.Screen) component.Effects {
	m.mouseReleased = !m.mouseReleased
	if m.mouseReleased {
		return component.Notify(messages.MouseReleased)
	}
	return component.Notify(messages.MouseTaken)
}
