package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/theme"
	"github.com/ammarctl/ammarctl/ui/words"
)

func (m *model) start() tea.Cmd {
	return m.do(m.selected, words.Starting, words.Started, m.engine.Start)
}

func (m *model) restart() tea.Cmd {
	return m.do(m.selected, words.Restarting, words.Restarted, m.engine.Restart)
}

func (m *model) stop() tea.Cmd {
	s, _ := m.current()
	stop := func() tea.Cmd { return m.do(s.Name, words.Stopping, words.Stopped, m.engine.Stop) }
	if who := audience(s); who != "" {
		m.dialog = confirmDialog{question: words.StopQuestion(s.Name, who), yes: stop}
		return nil
	}
	return stop()
}

func (m *model) unshare() tea.Cmd {
	s, _ := m.current()
	if s.Share == nil {
		m.say(true, "%s", words.NoShare(s.Name))
		return nil
	}
	m.dialog = confirmDialog{
		question: words.EndQuestion(s.Share.Path, audience(s)),
		yes:      func() tea.Cmd { return m.do(s.Name, words.Ending, words.Ended, m.engine.Unshare) },
	}
	return nil
}

// audience says who would notice a stop; empty when nobody.
func audience(s api.Service) string {
	switch {
	case s.Camera != nil && s.Camera.Clients > 0:
		return words.Watching(s.Camera.Clients)
	case s.Streams > 0:
		return words.Streaming(s.Streams)
	case s.Pool != nil && s.Pool.Busy > 0:
		return words.InProgress(s.Pool.Busy + s.Pool.Queued)
	}
	return ""
}

// audiences is how many would notice the end of everything.
func (m *model) audiences() (n int) {
	for _, s := range m.snapshot.Services {
		switch {
		case s.Camera != nil && s.Camera.Clients > 0:
			n += s.Camera.Clients
		case s.Streams > 0:
			n += s.Streams
		case s.Pool != nil:
			n += s.Pool.Busy + s.Pool.Queued
		}
	}
	return n
}

// do asks the engine for something and shows that it is under way. Nothing is
// asked of a lost machine: it might do it long after, when nobody thinks of it.
func (m *model) do(name, doing, done string, op func(context.Context, string) error) tea.Cmd {
	if i := slices.IndexFunc(m.snapshot.Services, func(s api.Service) bool { return s.Name == name && s.Lost }); i >= 0 {
		m.say(true, "%s", words.LostAction(m.snapshot.Services[i].Host, name, done))
		return nil
	}
	ends := doing == words.Stopping || doing == words.Ending // possible at any time
	if w, busy := m.working[name]; busy && !ends {
		m.say(true, "%s", words.Already(name, w.verb))
		return nil
	}
	m.works++
	number, ctx := m.works, m.ctx
	m.working[name] = work{number, doing, m.now}
	return func() tea.Msg { return doneMsg{number, name, done, op(ctx, name)} }
}

func (m *model) done(msg doneMsg) {
	if m.working[msg.service].number == msg.number {
		delete(m.working, msg.service)
	}
	switch {
	case errors.Is(msg.err, context.Canceled):
	case msg.err != nil:
		m.say(true, "%s", firstLine(msg.err.Error()))
	default:
		m.say(false, "%s", words.Done(msg.service, msg.verb))
	}
}

func firstLine(text string) string { return safe.FirstLine(text) }

// back closes or narrows, the newest first; it never leaves.
func (m *model) back() {
	o := m.log.Options()
	switch {
	case m.zoomed:
		m.zoomed, m.inPane = false, false
	case m.tab == tabLog && o.Search != "":
		o.Search = ""
		m.log.Choose(o)
	case m.tab == tabLog && (o.Only != "" || o.Without != "" || o.Level != ""):
		o.Only, o.Without, o.Level = "", "", ""
		m.log.Choose(o)
	case m.inPane:
		m.inPane = false
	case m.filter != "":
		m.filter = ""
	case len(m.merged) > 0:
		m.merge(nil)
	}
}

func (m *model) leave() tea.Cmd {
	running := 0
	for _, s := range m.snapshot.Services {
		if s.PID != 0 {
			running++
		}
	}
	if m.ending.IsZero() && running > 0 {
		m.farewell = words.KeepRunning(running)
	}
	return tea.Quit
}

func (m *model) askStopAll() {
	who := ""
	if n := m.audiences(); n > 0 {
		who = words.OverAll(n)
	}
	m.dialog = confirmDialog{
		question: words.DownQuestion(len(m.snapshot.Services), who),
		yes: func() tea.Cmd {
			m.ending = m.now
			ctx := m.ctx
			return func() tea.Msg { return downMsg{m.engine.Down(ctx)} }
		},
	}
}

func (m *model) wentDown(msg downMsg) tea.Cmd {
	if msg.err != nil {
		m.ending = time.Time{}
		m.say(true, "%s", firstLine(msg.err.Error()))
		return nil
	}
	m.farewell = words.Everything
	return tea.Quit
}

func (m *model) nextTheme() {
	m.dress(theme.After(m.styles.Name))
	m.say(false, "%s", words.Theme(m.styles.Name))
}

func (m *model) toggleMouse() {
	m.release = !m.release
	if m.release {
		m.say(false, "%s", words.MouseReleased)
	} else {
		m.say(false, "%s", words.MouseTaken)
	}
}

// nextLevel raises the minimum level; after the highest comes none.
func (m *model) nextLevel() {
	levels := []string{"", "INFO", "WARN", "ERROR"}
	o := m.log.Options()
	for i, level := range levels {
		if level == o.Level {
			o.Level = levels[(i+1)%len(levels)]
			break
		}
	}
	m.log.Choose(o)
}
