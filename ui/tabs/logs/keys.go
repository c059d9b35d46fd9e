package logs

import (
	"slices"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/logview"
	"github.com/ammarctl/ammarctl/ui/messages"
)

// sidestep is how many cells one key press moves cut lines.
const sidestep = 16

// Keys are the keys of the tab. Most of them also work while the table has the
// keys; the footer offers them only when the tab has.
func (t *Tab) Keys() []component.Key {
	keys := slices.Concat(t.searchKeys(), t.scrollKeys(), t.displayKeys(), t.exportKeys())
	for i := range keys {
		keys[i].Group = messages.GroupLog
		if keys[i].When == nil {
			keys[i].When = component.InFront
		}
		if keys[i].Hint.Tab > 0 {
			keys[i].Hint.When = component.FocusedInFront
		}
	}
	return append(keys, t.mergeKeys()...)
}

func (t *Tab) searchKeys() []component.Key {
	return []component.Key{
		{
			Keys: "/", Help: "search (in the log) for a regular expression",
			Name: "Search the log", When: component.Focused,
			Run: t.askSearch, Hint: component.Hint{Text: "search", Tab: 10},
		},
		{
			Keys: "n", Help: "next match", Name: "Next match",
			Run:  component.Do(func() { t.view.Jump(false) }),
			Hint: component.Hint{Text: "next, previous", Label: "n N", Tab: 19},
		},
		{
			Keys: "N", Help: "previous match", Name: "Previous match",
			Run: component.Do(func() { t.view.Jump(true) }),
		},
		{
			Keys: "&", Help: "show only lines that match", Name: "Show only lines with…",
			Run:  t.askPattern(messages.OnlyPrompt, func(o *logview.Options) *string { return &o.Only }),
			Hint: component.Hint{Text: "only", Tab: 11},
		},
		{
			Keys: "!", Help: "hide lines that match", Name: "Hide lines with…",
			Run: t.askPattern(messages.WithoutPrompt, func(o *logview.Options) *string { return &o.Without }),
		},
		{
			Keys: "L", Help: "minimum level: all, INFO, WARN, ERROR", Name: "Minimum level",
			Run:  t.choose(nextLevel),
			Hint: component.Hint{Text: "level", Tab: 12},
		},
	}
}

func (t *Tab) scrollKeys() []component.Key {
	return []component.Key{
		{
			Keys: "f G end", Help: "go to the newest line, and follow", Name: "Newest line",
			Run:  component.Do(func() { t.view.Follow() }),
			Hint: component.Hint{Text: "follow", Tab: 13},
		},
		{
			Keys: "g home", Help: "go to the oldest line; again: to the oldest of all log files",
			Name: "Oldest line",
			Run:  func(component.Screen) component.Effects { return t.top() },
		},
		{
			Keys: "left h", Label: "← h", Help: "move cut lines sideways, towards their beginning",
			Name: "Sideways left",
			Run:  component.Do(func() { t.view.Sideways(-sidestep) }),
		},
		{
			Keys: "right", Label: "→", Help: "move cut lines sideways, towards their end",
			Name: "Sideways right",
			Run:  component.Do(func() { t.view.Sideways(sidestep) }),
		},
	}
}

func (t *Tab) displayKeys() []component.Key {
	return []component.Key{
		{
			Keys: "t", Help: "times: clock, relative, none", Name: "Times of lines",
			Run:  t.choose(func(o *logview.Options) { o.Times = (o.Times + 1) % (logview.NoTimes + 1) }),
			Hint: component.Hint{Text: "times", Tab: 15},
		},
		{
			Keys: "w", Help: "fold long lines, or cut them", Name: "Fold long lines",
			Run:  t.choose(func(o *logview.Options) { o.Wrap = !o.Wrap }),
			Hint: component.Hint{Text: "wrap", Tab: 14},
		},
		{
			Keys: "J", Help: "open lines up: a row for each field, JSON indented", Name: "Open lines up",
			Run:  t.choose(func(o *logview.Options) { o.Open = !o.Open }),
			Hint: component.Hint{Text: "open", Tab: 16},
		},
		{
			Keys: "M", Help: "write a mark with the time into the view", Name: "Mark this moment",
			Run: func(scr component.Screen) component.Effects { t.view.Mark(scr.Now); return nil },
		},
	}
}

func (t *Tab) exportKeys() []component.Key {
	return []component.Key{
		{
			Keys: "y", Help: "copy the line", Name: "Copy the line",
			Run: t.copyLine, Hint: component.Hint{Text: "copy", Tab: 17},
		},
		{Keys: "Y", Help: "copy the lines on the screen", Name: "Copy the screen's lines", Run: t.copyScreen},
		{Keys: "P", Help: "open the log in $PAGER", Name: "Open the log in the pager", Run: t.openPager},
		{
			Keys: "W", Help: "save the log to a file", Name: "Save the log",
			Run: t.askFile, Hint: component.Hint{Text: "save", Tab: 18},
		},
	}
}

// mergeKeys work wherever the selection is, and whichever tab is in front.
func (t *Tab) mergeKeys() []component.Key {
	return []component.Key{
		{
			Keys: "l", Help: "merge the logs of all services, or go back to one", Name: "Merge all logs",
			Group: messages.GroupLog, Run: t.mergeAll, Hint: component.Hint{Text: "merge logs", Table: 90},
		},
		{
			Keys: "space", Help: "add the service's log to the merged log, or remove it",
			Name: "Merge this log in or out", Group: messages.GroupServices,
			When: component.HasSelection, Run: t.toggleMerged,
		},
	}
}

// choose makes the Run of a key that changes how lines are shown.
func (t *Tab) choose(change func(*logview.Options)) func(component.Screen) component.Effects {
	return component.Do(func() { t.change(change) })
}

func (t *Tab) change(change func(*logview.Options)) {
	o := t.view.Options()
	change(&o)
	t.view.Choose(o)
}

// nextLevel raises the minimum level; after the highest comes none.
func nextLevel(o *logview.Options) {
	levels := []string{"", "INFO", "WARN", "ERROR"}
	o.Level = levels[(slices.Index(levels, o.Level)+1)%len(levels)]
}

// askSearch searches the log while the pattern is typed. Esc ends the search.
func (t *Tab) askSearch(component.Screen) component.Effects {
	p := component.NewPrompt(messages.Search, messages.PromptHint, "")
	search := func(_ component.Screen, text string) {
		t.change(func(o *logview.Options) { o.Search = text })
	}
	search(component.Screen{}, "")
	p.Typed, p.Problem = search, func() string { return t.view.Problem() }
	p.Drop = func(scr component.Screen) { search(scr, "") }
	p.Keep = func(component.Screen, string) component.Effects { t.view.JumpNear(); return nil }
	return component.Ask(p)
}

// askPattern makes the Run of a key that asks for one of the filters.
func (t *Tab) askPattern(label string, of func(*logview.Options) *string) func(component.Screen) component.Effects {
	return func(component.Screen) component.Effects {
		o := t.view.Options()
		p := component.NewPrompt(label, messages.PromptHint, *of(&o))
		p.Typed = func(_ component.Screen, text string) {
			t.change(func(o *logview.Options) { *of(o) = text })
		}
		p.Problem = func() string { return t.view.Problem() }
		p.Drop = func(scr component.Screen) { p.Typed(scr, "") }
		return component.Ask(p)
	}
}
