package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/logview"
	"github.com/ammarctl/ammarctl/ui/theme"
	"github.com/ammarctl/ammarctl/ui/words"
)

// model is the whole dashboard. Only Update changes it, on one goroutine; its
// parts are plain structs that draw themselves.
type model struct {
	ctx     context.Context
	engine  Engine
	feed    *feed
	actions []action
	dialogs dialogKeys
	styles  theme.Styles
	glyphs  bool // the locale has more than ASCII
	light   bool // the terminal's background is
	dumb    bool // the terminal has no colours and no bold: looks need signs
	// colourless terminals draw pictures with signs of more or less ink.
	colourless bool
	getenv     func(string) string

	width, height int
	now           time.Time

	snapshot api.Snapshot
	known    bool // a snapshot has come
	lost     bool // the supervisor is gone, for now
	past     past

	selected string // name of the service
	// awaited is until when the selection may name a service that no snapshot
	// has: a share is answered sooner than it is watched.
	awaited time.Time
	order   order
	filter  string // services with this in them
	tab     tab
	inPane  bool // keys go to the tab
	zoomed  bool
	log     *logview.View
	merged  []string // services whose logs are merged; fewer than two: the selected one's
	deep    bool     // the whole log is read, not only its end
	busy    bool     // a workMsg is on its way
	span    int      // of the graphs
	camera  cameraPane
	canvas  canvas
	detail  detail
	read    reading
	served  served
	prepare func(ShareWish) (api.ShareRequest, []string, error) // nil: no users and no TLS
	// visitors are the clients that the log on the screen tells of.
	visitors visitors

	dialog dialog  // nil: none
	prompt *prompt // nil: none

	working map[string]work // what is being done, by service
	works   int             // how many were begun
	notice  notice
	titled  bool // the window's title of before is kept
	release bool // the mouse is the terminal's own
	blurred bool // another window has the keyboard
	ending  time.Time

	pace    func(time.Duration) // nil: it cannot be set
	paced   time.Duration
	pacedAt time.Time // when it was set last
	moved   time.Time // when something happened last
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

// workMsg comes when the log has more lines to look through.
type workMsg struct{}

// doneMsg ends a work.
type doneMsg struct {
	number        int
	service, verb string
	err           error
}

// saidMsg is the outcome of something that is only told.
type saidMsg struct {
	text string
	err  error
}

type sharedMsg struct {
	service api.Service
	notes   []string
	err     error
}

type downMsg struct{ err error }

func newModel(ctx context.Context, e Engine, f *feed, glyphs bool) *model {
	return &model{
		ctx: ctx, engine: e, feed: f, actions: actions(), dialogs: newDialogKeys(), styles: theme.Named(""), glyphs: glyphs,
		getenv: func(string) string { return "" }, order: unsorted,
		now: time.Now(), working: map[string]work{}, log: logview.New(logview.Options{}), past: past{}, visitors: visitors{},
	}
}

// Init asks for the first news, and what the terminal's background is.
func (m *model) Init() tea.Cmd {
	if m.dumb {
		return m.feed.next()
	}
	return tea.Batch(m.feed.next(), keepTitle(), tea.RequestBackgroundColor, m.questions())
}

// dress puts on a theme.
func (m *model) dress(s theme.Styles) {
	if m.light {
		s = s.OnLight()
	}
	m.styles = s
}

// Update takes one message. It does no work itself: that is for commands.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.keepPace(msg)
	cmd := m.handle(msg)
	if m.log.Work() && !m.busy {
		m.busy = true
		cmd = tea.Batch(cmd, func() tea.Msg { return workMsg{} })
	}
	m.log.Resize(m.width-1, m.layout().pane)
	return m, tea.Batch(cmd, m.camera.look(m), m.lookUp(), m.askService(), m.askPast(), m.wipe())
}

func (m *model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.canvas.resized()
	case uv.PrimaryDeviceAttributesEvent, uv.CellSizeEvent:
		m.canvas.answered(msg)
	case titleKeptMsg:
		m.titled = true
	case tea.BackgroundColorMsg:
		m.light = !msg.IsDark()
		m.dress(theme.Named(m.styles.Name))
	case tickMsg:
		m.now = time.Time(msg)
		return m.feed.next()
	case newsMsg:
		m.take(msg)
		return m.feed.next()
	case workMsg:
		m.busy = false
	case doneMsg:
		m.done(msg)
	case saidMsg:
		m.said(msg)
	case sharedMsg:
		m.shared(msg)
	case completedMsg:
		m.completed(msg)
	case draftMsg:
		return m.write(msg)
	case editedMsg:
		return m.edited(msg)
	case comparedMsg:
		m.compared(msg)
	case servedMsg:
		m.told(msg)
	case controlsMsg:
		return m.controlled(msg)
	case pastMsg:
		m.past.remembered(msg)
	case detailMsg:
		m.lookedUp(msg)
	case frameMsg:
		m.camera.took(msg)
		if msg.err == nil && msg.service == m.camera.service {
			return m.paint(msg.picture)
		}
	case downMsg:
		return m.wentDown(msg)
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg.Mouse())
	case tea.MouseClickMsg:
		m.click(msg.Mouse())
	case tea.FocusMsg:
		m.blurred = false
	case tea.BlurMsg:
		m.blurred = true
	}
	return nil
}

// take shows what came in.
func (m *model) take(msg newsMsg) {
	m.lost = msg.lost
	place := m.place()
	if msg.snapshot != nil {
		m.snapshot, m.known = *msg.snapshot, true
		m.now = time.Now()
		m.past.add(m.snapshot)
	}
	m.keepSelection(place)
	if msg.followed == m.followed() {
		m.addLines(msg)
	}
}

// place is the row of the selected service in the table; -1 when it has none.
func (m *model) place() int {
	return slices.IndexFunc(m.rows(), func(s api.Service) bool { return s.Name == m.selected })
}

// keepSelection holds on to a service that exists, or else to the place that
// it had in the table, and follows its log.
func (m *model) keepSelection(place int) {
	if _, ok := m.current(); ok {
		m.awaited = time.Time{}
	} else if !m.now.Before(m.awaited) {
		m.selected = ""
		if list := m.rows(); len(list) > 0 {
			m.pick(list[min(max(place, 0), len(list)-1)].Name)
		} else if len(m.snapshot.Services) > 0 {
			m.pick(m.snapshot.Services[0].Name)
		}
	}
	m.follow()
}

// awaitedFor is several times the pace of a watch.
const awaitedFor = 3 * time.Second

// pick selects a service.
func (m *model) pick(name string) {
	if name == m.selected {
		return
	}
	m.selected = name
	if len(m.merged) < 2 {
		m.forgetLog()
	}
	m.camera.forget()
	m.follow()
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

// move selects by steps, downwards for a positive number.
func (m *model) move(steps int) {
	if list := m.rows(); len(list) > 0 {
		m.pick(list[min(max(m.place()+steps, 0), len(list)-1)].Name)
	}
}

// step goes one up, or one down, in whatever has the keys.
func (m *model) step(up int) {
	switch {
	case inLog(m):
		m.log.Move(up)
	case m.inPane && hasTransfers(m):
		m.served.choose(up)
	case readsInfo(m):
		m.scrollInfo(-up)
	default:
		m.move(-up)
	}
}

func (m *model) page(up int) {
	rows := max(1, m.layout().pane-1)
	if m.tab == tabLog {
		m.log.Scroll(up * rows)
		return
	}
	if readsInfo(m) {
		m.scrollInfo(-up * rows)
		return
	}
	m.move(-up * max(1, m.layout().rows-1))
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
	v.ReportFocus = true
	if m.titled {
		v.WindowTitle = words.Name
	}
	if !m.release {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}
