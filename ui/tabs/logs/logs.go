// Package logs is the tab with the log of the selected service, or with several
// logs merged.
package logs

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/logview"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Follower reads logs; what it reads comes in feed.NewsMsg.
type Follower interface{ Follow(feed.Logs) }

// Tab shows logs. It decides which of them the Follower reads.
type Tab struct {
	ctx      context.Context
	follower Follower
	getenv   func(string) string

	view     *logview.View
	selected string   // the service that was selected last
	merged   []string // services whose logs are merged; fewer than two: only the selected one's
	whole    bool     // the whole log is read, and not only its end
	working  bool     // a workMsg is on its way
}

// workMsg comes when there are more lines to filter or to search.
type workMsg struct{}

// New makes the tab. ctx ends the programs that it starts, such as the pager.
func New(ctx context.Context, f Follower, getenv func(string) string) *Tab {
	return &Tab{ctx: ctx, follower: f, getenv: getenv, view: logview.New(logview.Options{})}
}

// About describes the tab.
func (t *Tab) About() component.About {
	return component.About{
		ID: "log", Title: "Log", Summary: "the log",
		Manual: "the selected service's log, or several merged",
	}
}

// names are the services whose logs are shown.
func (t *Tab) names() []string {
	if len(t.merged) > 1 {
		return t.merged
	}
	if t.selected == "" {
		return nil
	}
	return []string{t.selected}
}

// Followed selects the lines that the tab shows.
func (t *Tab) Followed() feed.Logs {
	logs := feed.Logs{Names: t.names(), Past: feed.RecentLines}
	if t.whole {
		logs.Past = logview.MaxLines
	}
	return logs
}

// Merged tells whether a service was chosen to be merged with others.
func (t *Tab) Merged(service string) bool { return slices.Contains(t.merged, service) }

// Update takes new lines, and follows the selection.
func (t *Tab) Update(scr component.Screen, msg tea.Msg) component.Effects {
	if scr.Selected != t.selected {
		t.selected = scr.Selected
		if len(t.merged) < 2 {
			t.forget()
		}
		t.follower.Follow(t.Followed())
	}
	switch msg := msg.(type) {
	case feed.NewsMsg:
		if msg.Followed.Equal(t.Followed()) {
			t.add(msg)
		}
	case workMsg:
		t.working = false
	}
	t.view.Resize(scr.Width-1, scr.Pane.Height)
	if t.view.Work() && !t.working {
		t.working = true
		return component.Run(func() tea.Msg { return workMsg{} })
	}
	return nil
}

// add shows new lines.
func (t *Tab) add(msg feed.NewsMsg) {
	if msg.Restart {
		t.view.Clear()
	}
	if msg.Skipped > 0 {
		t.view.Add(api.LogLine{Service: t.selected, Level: "WARN", Msg: messages.Skipped(msg.Skipped)})
	}
	t.view.Add(msg.Lines...)
	if msg.Restart && t.whole {
		t.view.Top() // the whole log was read to see its beginning
	}
}

// forget drops the lines of a log that is no longer shown. How lines are shown
// stays as it was chosen.
func (t *Tab) forget() {
	t.view = logview.New(t.view.Options())
	t.whole = false
}

// merge shows the logs of these services together, or with fewer than two names
// the selected one's.
func (t *Tab) merge(names []string) {
	before := t.Followed()
	t.merged = names
	if !t.Followed().Equal(before) {
		t.forget()
		t.follower.Follow(t.Followed())
	}
}

// mergeAll merges all logs, or goes back to one.
func (t *Tab) mergeAll(scr component.Screen) component.Effects {
	var all []string
	if len(t.merged) < 2 {
		for _, s := range scr.Snapshot.Services {
			all = append(all, s.Name)
		}
	}
	t.merge(all)
	return nil
}

// toggleMerged adds the selected service to the merged log, or removes it.
func (t *Tab) toggleMerged(scr component.Screen) component.Effects {
	names := slices.Clone(t.merged)
	if i := slices.Index(names, scr.Selected); i >= 0 {
		names = slices.Delete(names, i, i+1)
	} else {
		names = append(names, scr.Selected)
	}
	t.merge(names)
	return nil
}

// top goes to the oldest line that was read; from there it has the rest of the
// log files read as well.
func (t *Tab) top() component.Effects {
	all, _ := t.view.Len()
	if t.view.AtTop() && !t.whole && all >= feed.RecentLines {
		t.whole = true
		t.follower.Follow(t.Followed())
		return component.Notify(messages.ReadingAll)
	}
	t.view.Top()
	return nil
}

// Move scrolls the log. Single lines move the cursor, and only when the tab has
// the keys.
func (t *Tab) Move(scr component.Screen, m component.Motion) bool {
	switch m.Unit {
	case component.Page:
		t.view.Scroll(m.Up * max(1, scr.Pane.Height-1))
	case component.Wheel:
		t.view.Scroll(3 * m.Up)
	default:
		if !scr.Focused {
			return false
		}
		t.view.Move(m.Up)
	}
	return true
}

// Click puts the cursor on a line.
func (t *Tab) Click(_ component.Screen, line int) { t.view.Click(line) }

// Back drops the search, then the filters, and at last the merging.
func (t *Tab) Back(scr component.Screen) bool {
	o := t.view.Options()
	switch {
	case scr.Front && o.Search != "":
		o.Search = ""
	case scr.Front && (o.Only != "" || o.Without != "" || o.Level != ""):
		o.Only, o.Without, o.Level = "", "", ""
	case !scr.Front && len(t.merged) > 0:
		t.merge(nil)
		return true
	default:
		return false
	}
	t.view.Choose(o)
	return true
}

// View draws the log.
func (t *Tab) View(scr component.Screen) []string {
	all, shown := t.view.Len()
	switch {
	case shown > 0:
		return t.view.Render(logview.Look{
			Styles: scr.Styles, Unicode: scr.Unicode, Now: scr.Now, Cursor: scr.Focused,
			Colours: func(service string) int { return colourOf(scr, service) },
		})
	case !scr.Connected || scr.Selected == "":
		return nil
	case all == 0:
		if s, _ := scr.Current(); s.Lost && len(t.merged) < 2 {
			return []string{"", scr.Note(safe.Text(messages.LostLog(s.Host)))}
		}
		return []string{"", scr.Note(messages.NothingYet)}
	case t.view.Work():
		return []string{"", scr.Note(messages.Looking)}
	}
	return []string{"", scr.Note(messages.NoneShown)}
}

// colourOf is the place of a service in the order of colours.
func colourOf(scr component.Screen, service string) int {
	return max(0, slices.IndexFunc(scr.Snapshot.Services, func(s api.Service) bool { return s.Name == service }))
}
