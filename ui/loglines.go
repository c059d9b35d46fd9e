package ui

import (
	"slices"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/logview"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// sidestep is how many columns a press moves cut lines.
const sidestep = 16

// logNames are the services whose logs are shown.
func (m *model) logNames() []string {
	if len(m.merged) > 1 {
		return m.merged
	}
	if m.selected == "" {
		return nil
	}
	return []string{m.selected}
}

func (m *model) followed() string { return keyOf(m.logNames(), m.depth()) }

func (m *model) follow() { m.feed.follow(m.logNames(), m.depth()) }

// depth is how many lines of the past are read: a screenful of screens, or all
// of it once somebody looked for its beginning.
func (m *model) depth() int {
	if m.deep {
		return logview.MaxLines
	}
	return history
}

// top goes to the oldest line; from there, once more, to the oldest line that
// the log files have.
func (m *model) top() {
	all, _ := m.log.Len()
	if m.log.AtTop() && !m.deep && all >= history {
		m.deep = true
		m.follow()
		m.say(false, "%s", words.ReadingAll)
		return
	}
	m.log.Top()
}

// addLines shows the lines that came.
func (m *model) addLines(msg newsMsg) {
	if msg.anew {
		m.log.Clear()
		clear(m.visitors)
	}
	if msg.skipped > 0 {
		m.log.Add(api.LogLine{Service: m.selected, Level: "WARN", Msg: words.Skipped(msg.skipped)})
	}
	m.log.Add(msg.lines...)
	if msg.anew && m.deep {
		m.log.Top() // that is what it was read for
	}
	m.visitors.add(msg.lines)
}

// forgetLog begins anew, with another log.
func (m *model) forgetLog() {
	m.log = logview.New(m.log.Options())
	m.deep = false
	m.visitors = visitors{}
}

// choose changes how the log is shown.
func (m *model) choose(change func(*logview.Options)) {
	o := m.log.Options()
	change(&o)
	m.log.Choose(o)
}

func (m *model) nextTimes() {
	m.choose(func(o *logview.Options) { o.Times = (o.Times + 1) % (logview.NoTimes + 1) })
}

func (m *model) toggleWrap() { m.choose(func(o *logview.Options) { o.Wrap = !o.Wrap }) }
func (m *model) toggleOpen() { m.choose(func(o *logview.Options) { o.Open = !o.Open }) }

// mergeAll merges all logs, or goes back to one.
func (m *model) mergeAll() {
	if len(m.merged) > 1 {
		m.merge(nil)
		return
	}
	var all []string
	for _, s := range m.snapshot.Services {
		all = append(all, s.Name)
	}
	m.merge(all)
}

// toggleMerged takes the selected service's log in, or out.
func (m *model) toggleMerged() {
	names := slices.Clone(m.merged)
	if i := slices.Index(names, m.selected); i >= 0 {
		names = slices.Delete(names, i, i+1)
	} else {
		names = append(names, m.selected)
	}
	m.merge(names)
}

func (m *model) merge(names []string) {
	before := m.followed()
	m.merged = names
	if m.followed() != before {
		m.forgetLog()
		m.follow()
	}
}

// colourOf is the place of a service in the order of colours.
func (m *model) colourOf(service string) int {
	for i, s := range m.snapshot.Services {
		if s.Name == service {
			return i
		}
	}
	return 0
}

// logPane draws the lines of the log.
func (m *model) logPane(l layout) []string {
	all, shown := m.log.Len()
	switch {
	case shown > 0:
		return m.log.Render(logview.Look{Styles: m.styles, Unicode: m.glyphs, Now: m.now, Cursor: m.inPane, Colours: m.colourOf})
	case !m.known || m.selected == "":
		return nil
	case all == 0:
		if s, _ := m.current(); s.Lost && len(m.merged) < 2 {
			return []string{"", m.styles.Faint.Render("  " + safe.Text(words.LostLog(s.Host)))}
		}
		return []string{"", m.styles.Faint.Render("  " + words.NothingYet)}
	case m.log.Work():
		return []string{"", m.styles.Faint.Render("  " + words.Looking)}
	}
	return []string{"", m.styles.Faint.Render("  " + words.NoneShown)}
}
