package ui

import (
	"charm.land/bubbles/v2/key"
)

// keymap is every key of the dashboard: the footer, the help and docs/keys.md
// are made from it.
type keymap struct {
	up, down, focus, zoom, back             key.Binding
	stop, start, restart, share, unshare    key.Binding
	search, next, previous                  key.Binding
	pageUp, pageDown, top, bottom, mouse    key.Binding
	help, leave, stopAll, confirm, complete key.Binding
}

// group is a part of the help.
type group struct {
	title string
	keys  []key.Binding
}

func newKeymap() keymap {
	bind := func(shown, help string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, help))
	}
	return keymap{
		up:       bind("↑ k", "select the service above; in the log: scroll", "up", "k"),
		down:     bind("↓ j", "select the service below; in the log: scroll", "down", "j"),
		focus:    bind("tab", "go to the log, and back to the table", "tab", "shift+tab"),
		zoom:     bind("enter", "the log on the whole screen, and back", "enter"),
		back:     bind("esc", "back; never leaves", "esc"),
		stop:     bind("s", "stop", "s"),
		start:    bind("S", "start", "S"),
		restart:  bind("r", "restart; clients wait meanwhile", "r"),
		share:    bind("a", "share a folder", "a"),
		unshare:  bind("x", "end the selected share", "x"),
		search:   bind("/", "search the log", "/"),
		next:     bind("n", "next match", "n"),
		previous: bind("N", "match before", "N"),
		pageUp:   bind("pgup", "scroll up a page", "pgup", "ctrl+u"),
		pageDown: bind("pgdn", "scroll down a page", "pgdown", "ctrl+d"),
		top:      bind("g", "the oldest line", "g", "home"),
		bottom:   bind("G f", "the newest line, and follow", "G", "f", "end"),
		mouse:    bind("m", "let go of the mouse, to select text; and take it again", "m"),
		help:     bind("?", "this help", "?"),
		leave:    bind("q", "leave; the services keep running", "q", "ctrl+c"),
		stopAll:  bind("Q", "stop everything, the supervisor too", "Q"),
		confirm:  bind("y enter", "yes, in a dialog; esc or n is no", "y", "enter"),
		complete: bind("tab", "complete a path, where one is typed", "tab"),
	}
}

func (k keymap) groups() []group {
	return []group{
		{"Services", []key.Binding{k.up, k.down, k.stop, k.start, k.restart}},
		{"Shares", []key.Binding{k.share, k.complete, k.unshare}},
		{"Log", []key.Binding{k.focus, k.zoom, k.search, k.next, k.previous, k.pageUp, k.pageDown, k.top, k.bottom}},
		{"Dashboard", []key.Binding{k.help, k.back, k.confirm, k.mouse, k.leave, k.stopAll}},
	}
}
