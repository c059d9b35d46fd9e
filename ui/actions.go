package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/words"
)

// action is one thing that a person can do. The keys, the palette, the help
// and docs/keys.md all come from the list of them.
type action struct {
	binding key.Binding
	name    string // in the palette; empty: not there
	group   string
	when    func(*model) bool // nil: at any time
	run     func(*model) tea.Cmd
}

func bind(shown, help string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, help))
}

// just makes an action of what needs no command.
func just(fn func(*model)) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd { fn(m); return nil }
}

// actions lists everything, in the order of the help. Of two with the same key
// the first one that is possible counts.
func actions() []action {
	var all []action
	for _, list := range [][]action{serviceActions(), tabActions(), logActions(), dashboardActions()} {
		all = append(all, list...)
	}
	return all
}

func inTable(m *model) bool { return !m.inPane }
func inLog(m *model) bool   { return m.inPane && m.tab == tabLog }
func seesLog(m *model) bool { return m.tab == tabLog }
func selects(m *model) bool { _, ok := m.current(); return ok }

func serviceActions() []action {
	g := words.GroupServices
	return []action{
		{bind("↑ k", words.KeyUp, "up", "k"), words.DoUp, g, nil, just(func(m *model) { m.step(1) })},
		{bind("↓ j", words.KeyDown, "down", "j"), words.DoDown, g, nil, just(func(m *model) { m.step(-1) })},
		{bind("s", words.KeyStop, "s"), words.DoStop, g, selects, (*model).stop},
		{bind("S", words.KeyStart, "S"), words.DoStart, g, selects, (*model).start},
		{bind("r", words.KeyRestart, "r"), words.DoRestart, g, selects, (*model).restart},
		{bind("+", words.KeyScale, "+"), words.DoScale, g, selects, (*model).askScale},
		{bind("A", words.KeyAddress, "A"), words.DoAddress, g, selects, just((*model).showAddress)},
		{bind("/", words.KeyFilter, "/"), words.DoFilter, g, inTable, just((*model).askFilter)},
		{bind("o", words.KeySort, "o"), words.DoSort, g, nil, just((*model).sortNext)},
		{bind("O", words.KeyReverse, "O"), words.DoReverse, g, nil, just((*model).sortReverse)},
		{bind("space", words.KeySpace, "space"), words.DoSpace, g, selects, just((*model).toggleMerged)},
		{bind("a", words.KeyShare, "a"), words.DoShare, words.GroupShares, nil, just(func(m *model) { m.dialog = newShareDialog() })},
		{bind("x", words.KeyUnshare, "x"), words.DoUnshare, words.GroupShares, selects, (*model).unshare},
	}
}

func tabActions() []action {
	g := words.GroupTabs
	to := func(t tab) func(*model) tea.Cmd { return just(func(m *model) { m.tab = t }) }
	return []action{
		{bind("1", words.KeyLog, "1"), words.DoLog, g, nil, to(tabLog)},
		{bind("2", words.KeyGraphs, "2"), words.DoGraphs, g, nil, to(tabGraphs)},
		{bind("3", words.KeyClients, "3"), words.DoClients, g, nil, to(tabClients)},
		{bind("4", words.KeyCamera, "4"), words.DoCamera, g, nil, to(tabCamera)},
		{bind("5", words.KeyInfo, "5"), words.DoInfo, g, nil, to(tabInfo)},
		{bind("i", words.KeySpan, "i"), words.DoSpan, g, nil, just((*model).nextSpan)},
		{bind("p", words.KeyPreview, "p"), words.DoPreview, g, nil, just((*model).preview)},
		{bind("c", words.KeyControls, "c"), words.DoControls, g, nil, (*model).openControls},
		{bind("K", words.KeyKick, "K"), words.DoKick, g, hasTransfers, (*model).kick},
		{bind("b", words.KeyLimit, "b"), words.DoLimit, g, hasLimits, (*model).askLimit},
		{bind("B", words.KeyLimitClient, "B"), words.DoLimitClient, g, hasTransfers, (*model).askClientLimit},
		{bind("]", words.KeyNextTab, "]"), words.DoNextTab, g, nil, just(func(m *model) { m.tab = (m.tab + 1) % tabs })},
		{bind("[", words.KeyPrevTab, "["), words.DoPrevTab, g, nil, just(func(m *model) { m.tab = (m.tab + tabs - 1) % tabs })},
		{bind("tab", words.KeyFocus, "tab", "shift+tab"), words.DoFocus, g, nil, just(func(m *model) { m.inPane = !m.inPane || m.zoomed })},
		{bind("enter", words.KeyZoom, "enter", "z"), words.DoZoom, g, nil, just(func(m *model) { m.zoomed = !m.zoomed; m.inPane = m.zoomed })},
	}
}

func logActions() []action {
	g := words.GroupLog
	return []action{
		{bind("/", words.KeySearch, "/"), words.DoSearch, g, inPane, just((*model).askSearch)},
		{bind("n", words.KeyNext, "n"), words.DoNext, g, seesLog, just(func(m *model) { m.log.Jump(false) })},
		{bind("N", words.KeyPrevious, "N"), words.DoPrevious, g, seesLog, just(func(m *model) { m.log.Jump(true) })},
		{bind("&", words.KeyOnly, "&"), words.DoOnly, g, seesLog, just((*model).askOnly)},
		{bind("!", words.KeyWithout, "!"), words.DoWithout, g, seesLog, just((*model).askWithout)},
		{bind("L", words.KeyLevel, "L"), words.DoLevel, g, seesLog, just((*model).nextLevel)},
		{bind("l", words.KeyMerge, "l"), words.DoMerge, g, nil, just((*model).mergeAll)},
		{bind("f G end", words.KeyBottom, "G", "f", "end"), words.DoBottom, g, seesLog, just(func(m *model) { m.log.Follow() })},
		{bind("g home", words.KeyTop, "g", "home"), words.DoTop, g, seesLog, just((*model).top)},
		{bind("pgup", words.KeyPageUp, "pgup", "ctrl+u", "ctrl+b"), words.DoPageUp, g, nil, just(func(m *model) { m.page(1) })},
		{bind("pgdn", words.KeyPageDown, "pgdown", "ctrl+d", "ctrl+f"), words.DoPageDown, g, nil, just(func(m *model) { m.page(-1) })},
		{bind("t", words.KeyTimes, "t"), words.DoTimes, g, seesLog, just((*model).nextTimes)},
		{bind("w", words.KeyWrap, "w"), words.DoWrap, g, seesLog, just((*model).toggleWrap)},
		{bind("← h", words.KeyLeft, "left", "h"), words.DoLeft, g, seesLog, just(func(m *model) { m.log.Sideways(-sidestep) })},
		{bind("→", words.KeyRight, "right"), words.DoRight, g, seesLog, just(func(m *model) { m.log.Sideways(sidestep) })},
		{bind("J", words.KeyOpen, "J"), words.DoOpen, g, seesLog, just((*model).toggleOpen)},
		{bind("M", words.KeyMark, "M"), words.DoMark, g, seesLog, just(func(m *model) { m.log.Mark(m.now) })},
		{bind("y", words.KeyCopyLine, "y"), words.DoCopyLine, g, seesLog, (*model).copyLine},
		{bind("Y", words.KeyCopyView, "Y"), words.DoCopyView, g, seesLog, (*model).copyView},
		{bind("P", words.KeyPager, "P"), words.DoPager, g, seesLog, (*model).openPager},
		{bind("W", words.KeySave, "W"), words.DoSave, g, seesLog, just((*model).askSave)},
	}
}

func inPane(m *model) bool { return m.inPane }

func dashboardActions() []action {
	g := words.GroupDashboard
	return []action{
		{bind("?", words.KeyHelp, "?"), words.DoHelp, g, nil, just(func(m *model) { m.dialog = helpDialog{} })},
		{bind(":", words.KeyPalette, ":"), "", g, nil, just(func(m *model) { m.dialog = newPalette() })},
		{bind("e", words.KeyEdit, "e"), words.DoEdit, g, nil, (*model).edit},
		{bind("T", words.KeyTheme, "T"), words.DoTheme, g, nil, just((*model).nextTheme)},
		{bind("m", words.KeyMouse, "m"), words.DoMouse, g, nil, just((*model).toggleMouse)},
		{bind("esc", words.KeyBack, "esc"), words.DoBack, g, nil, just((*model).back)},
		{bind("q", words.KeyLeave, "q", "ctrl+c"), words.DoLeave, g, nil, (*model).leave},
		{bind("Q", words.KeyStopAll, "Q"), words.DoStopAll, g, nil, just((*model).askStopAll)},
	}
}

// dialogKeys are what dialogs and prompts understand beside letters.
type dialogKeys struct{ yes, no, complete, back, up, down, enter key.Binding }

func newDialogKeys() dialogKeys {
	return dialogKeys{
		yes:      bind("y enter", words.KeyYes, "y", "enter"),
		no:       bind("n esc", words.KeyNo, "n", "q", "esc"),
		complete: bind("tab", words.KeyComplete, "tab"),
		back:     key.NewBinding(key.WithKeys("esc")),
		up:       key.NewBinding(key.WithKeys("up", "ctrl+p", "k")),
		down:     key.NewBinding(key.WithKeys("down", "ctrl+n", "j")),
		enter:    key.NewBinding(key.WithKeys("enter")),
	}
}

// group is a part of the help.
type group struct {
	title string
	keys  []key.Binding
}

// groups are the actions by what they are for.
func groups() []group {
	var list []group
	for _, a := range actions() {
		if len(list) == 0 || list[len(list)-1].title != a.group {
			list = append(list, group{title: a.group})
		}
		last := &list[len(list)-1]
		last.keys = append(last.keys, a.binding)
	}
	d := newDialogKeys()
	return append(list, group{words.GroupDialogs, []key.Binding{d.yes, d.no, d.complete}})
}

// press takes a key. A dialog, or the prompt, has them all while it is open.
func (m *model) press(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case msg.String() == "ctrl+c":
		return m.leave()
	case m.dialog != nil:
		return m.dialog.update(m, msg)
	case m.prompt != nil:
		return m.prompt.update(m, msg)
	case !m.ending.IsZero() && msg.String() != "q":
		return nil // everything is being stopped
	}
	for _, a := range m.actions {
		if key.Matches(msg, a.binding) && (a.when == nil || a.when(m)) {
			return a.run(m)
		}
	}
	return nil
}
