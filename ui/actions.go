package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// press takes a key. A dialog, or the search, has them all while it is open.
func (m *model) press(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case msg.String() == "ctrl+c":
		return m.leave()
	case m.dialog != nil:
		return m.dialog.update(m, msg)
	case m.log.typing:
		m.log.typed(msg, m.layout().log)
		return nil
	case !m.ending.IsZero():
		return nil // everything is being stopped
	}
	return m.command(msg)
}

func (m *model) command(msg tea.KeyPressMsg) tea.Cmd {
	k := m.keys
	page := max(1, m.layout().log-1)
	is := func(b key.Binding) bool { return key.Matches(msg, b) }
	switch {
	case is(k.leave):
		return m.leave()
	case is(k.stopAll):
		m.dialog = m.askStopAll()
	case is(k.help):
		m.dialog = helpDialog{}
	case is(k.back):
		m.back()
	case is(k.focus):
		m.inLog = !m.inLog
	case is(k.zoom):
		m.zoomed = !m.zoomed
		m.inLog = m.zoomed
	case is(k.up) && !m.inLog:
		m.move(-1)
	case is(k.down) && !m.inLog:
		m.move(1)
	case is(k.up):
		m.log.scroll(1, page)
	case is(k.down):
		m.log.scroll(-1, page)
	case is(k.pageUp):
		m.log.scroll(page, page)
	case is(k.pageDown):
		m.log.scroll(-page, page)
	case is(k.top):
		m.log.scroll(len(m.log.lines), page)
	case is(k.bottom):
		m.log.follow()
	case is(k.search):
		m.log.typing = true
		m.log.look("")
	case is(k.next):
		m.log.jump(-1)
	case is(k.previous):
		m.log.jump(1)
	case is(k.mouse):
		m.release = !m.release
	case is(k.share):
		m.dialog = newShareDialog()
	default:
		return m.act(msg)
	}
	return nil
}

// act is what is done to the selected service.
func (m *model) act(msg tea.KeyPressMsg) tea.Cmd {
	s, ok := m.current()
	if !ok {
		return nil
	}
	switch {
	case key.Matches(msg, m.keys.start):
		return m.do(s.Name, "starting", "started", m.engine.Start)
	case key.Matches(msg, m.keys.restart):
		return m.do(s.Name, "restarting", "restarted", m.engine.Restart)
	case key.Matches(msg, m.keys.stop):
		stop := func() tea.Cmd { return m.do(s.Name, "stopping", "stopped", m.engine.Stop) }
		if who := audience(s); who != "" {
			m.dialog = confirmDialog{question: fmt.Sprintf("Stop %s? %s.", s.Name, who), yes: stop}
			return nil
		}
		return stop()
	case key.Matches(msg, m.keys.unshare):
		if s.Share == nil {
			m.say(true, "%s is no share; s stops it", s.Name)
			return nil
		}
		m.dialog = confirmDialog{
			question: fmt.Sprintf("End the share of %s?", safe(s.Share.Path)),
			yes:      func() tea.Cmd { return m.do(s.Name, "ending", "ended", m.engine.Unshare) },
		}
	}
	return nil
}

// audience says who would notice a stop; empty when nobody.
func audience(s api.Service) string {
	switch {
	case s.Camera != nil && s.Camera.Clients > 0:
		return plural(s.Camera.Clients, "client is", "clients are") + " watching"
	case s.Streams > 0:
		return plural(s.Streams, "stream is", "streams are") + " open"
	case s.Pool != nil && s.Pool.Busy > 0:
		return plural(s.Pool.Busy+s.Pool.Queued, "request is", "requests are") + " in progress"
	}
	return ""
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// do asks the engine for something and shows that it is under way.
func (m *model) do(name, doing, done string, op func(context.Context, string) error) tea.Cmd {
	ends := doing == "stopping" || doing == "ending" // possible at any time
	if w, busy := m.working[name]; busy && !ends {
		m.say(true, "%s is %s already", name, w.verb)
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
		m.say(false, "%s: %s", msg.service, msg.verb)
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// back closes or narrows; it never leaves.
func (m *model) back() {
	switch {
	case m.zoomed:
		m.zoomed, m.inLog = false, false
	case m.log.search != "":
		m.log.look("")
	case m.inLog:
		m.inLog = false
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
		m.farewell = plural(running, "service keeps", "services keep") + " running; ammarctl brings the dashboard back, ammarctl down stops everything"
	}
	return tea.Quit
}

func (m *model) askStopAll() dialog {
	return confirmDialog{
		question: fmt.Sprintf("Stop %s and the supervisor?", plural(len(m.snapshot.Services), "service", "services")),
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
	m.farewell = "everything is stopped"
	return tea.Quit
}

func (m *model) wheel(at tea.Mouse) {
	page := max(1, m.layout().log-1)
	switch at.Button {
	case tea.MouseWheelUp:
		m.log.scroll(3, page)
	case tea.MouseWheelDown:
		m.log.scroll(-3, page)
	}
}

// click selects a row.
func (m *model) click(at tea.Mouse) {
	l := m.layout()
	if i := at.Y - l.firstRow + l.skipped; m.dialog == nil && at.Y >= l.firstRow && at.Y < l.firstRow+l.rows && i < len(m.snapshot.Services) {
		m.pick(m.snapshot.Services[i].Name)
	}
}
