package ui

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// model is the whole dashboard. Only Update changes it, on one goroutine; its
// parts are plain structs that draw themselves.
type model struct {
	ctx    context.Context
	engine Engine
	feed   *feed
	keys   keymap
	styles styles
	glyphs bool // the locale has more than ASCII

	width, height int
	now           time.Time

	snapshot api.Snapshot
	known    bool // a snapshot has come
	lost     bool // the supervisor is gone, for now

	selected string // name of the service
	// awaited is until when the selection may name a service that no snapshot
	// has: a share is answered sooner than it is watched.
	awaited time.Time
	inLog   bool // keys go to the log
	zoomed  bool
	log     logPane
	dialog  dialog // nil: none

	working map[string]work // what is being done, by service
	works   int             // how many were begun
	notice  notice
	release bool // the mouse is the terminal's own
	ending  time.Time
	// farewell is left on the normal screen.
	farewell string
}

// work is an operation that was asked for and has not come to its end.
type work struct {
	number int
	verb   string // "stopping"
	since  time.Time
}

// notice is a sentence about what happened, for a while.
type notice struct {
	text  string
	bad   bool
	until time.Time
}

// tickMsg comes when there was no news for a second: times go on all the same.
type tickMsg time.Time

// doneMsg ends a work.
type doneMsg struct {
	number        int
	service, verb string
	err           error
}

type sharedMsg struct {
	service api.Service
	err     error
}

type downMsg struct{ err error }

func newModel(ctx context.Context, e Engine, f *feed, glyphs bool) *model {
	return &model{
		ctx: ctx, engine: e, feed: f, keys: newKeymap(), styles: newStyles(), glyphs: glyphs,
		now: time.Now(), working: map[string]work{}, log: logPane{following: true},
	}
}

// Init asks for the first news.
func (m *model) Init() tea.Cmd { return m.feed.next() }

// Update takes one message. It does no work itself: that is for commands.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tickMsg:
		m.now = time.Time(msg)
		return m, m.feed.next()
	case newsMsg:
		m.take(msg)
		return m, m.feed.next()
	case doneMsg:
		m.done(msg)
	case sharedMsg:
		m.shared(msg)
	case completedMsg:
		m.completed(msg)
	case downMsg:
		return m, m.wentDown(msg)
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case tea.PasteMsg:
		if d, ok := m.dialog.(*shareDialog); ok {
			return m, d.update(m, msg)
		}
	case tea.MouseWheelMsg:
		m.wheel(msg.Mouse())
	case tea.MouseClickMsg:
		m.click(msg.Mouse())
	}
	return m, nil
}

// take shows what came in.
func (m *model) take(msg newsMsg) {
	m.lost = msg.lost
	if msg.snapshot != nil {
		m.snapshot, m.known = *msg.snapshot, true
		m.now = time.Now()
	}
	m.keepSelection()
	if msg.service == m.selected {
		m.log.add(msg)
	}
}

// keepSelection holds on to a service that exists, and follows its log.
func (m *model) keepSelection() {
	if _, ok := m.current(); ok {
		m.awaited = time.Time{}
	} else if !m.now.Before(m.awaited) {
		m.selected = ""
		if len(m.snapshot.Services) > 0 {
			m.pick(m.snapshot.Services[0].Name)
		}
	}
	m.feed.follow(m.selected)
}

// awaitedFor is several times the pace of a watch.
const awaitedFor = 3 * time.Second

// pick selects a service.
func (m *model) pick(name string) {
	if name != m.selected {
		m.selected = name
		m.log = logPane{following: true, search: m.log.search}
		m.feed.follow(name)
	}
}

// current is the selected service.
func (m *model) current() (api.Service, bool) {
	for _, s := range m.snapshot.Services {
		if s.Name == m.selected {
			return s, true
		}
	}
	return api.Service{}, false
}

// move selects by steps.
func (m *model) move(steps int) {
	list := m.snapshot.Services
	for i, s := range list {
		if s.Name == m.selected {
			m.pick(list[min(max(i+steps, 0), len(list)-1)].Name)
			return
		}
	}
}

func (m *model) say(bad bool, format string, args ...any) {
	seconds := 4
	if bad {
		seconds = 12 // there is something to read
	}
	m.notice = notice{text: fmt.Sprintf(format, args...), bad: bad, until: m.now.Add(time.Duration(seconds) * time.Second)}
}

// View draws the screen.
func (m *model) View() tea.View {
	v := tea.NewView(m.render())
	v.AltScreen = true
	v.WindowTitle = "ammarctl"
	if !m.release {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}
