package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// model is the whole dashboard. It owns the screen and hands every message to
// its parts, and carries out what they ask for. Only Update changes it, on one
// goroutine.
type model struct {
	parts
	feed *feed.Feed
	keys keyboard
	look draw.Look

	light         bool // the terminal has a light background
	width, height int
	now           time.Time

	snapshot  api.Snapshot
	connected bool // a snapshot has come
	lost      bool // the supervisor does not answer at the moment

	front   int  // index in tabs
	focused bool // the keys go to the tab in front, and not to the table
	zoomed  bool // the tab has the whole screen

	dialog component.Dialog  // nil: none
	prompt *component.Prompt // nil: none
	notice notice

	titled        bool // the window's title was saved
	mouseReleased bool // the mouse belongs to the terminal
	blurred       bool // the terminal's window does not have the keyboard
	pace          pace
	farewell      string // is left on the normal screen
}

func newModel(ctx context.Context, e Engine, f *feed.Feed, s settings) *model {
	m := &model{parts: newParts(ctx, e, f, s), feed: f, look: s.look, now: time.Now()}
	m.keys = m.bindKeys()
	return m
}

// Init asks for the first news, and what the terminal is like.
func (m *model) Init() tea.Cmd {
	if m.look.Plain {
		return m.feed.Next()
	}
	cmds := []tea.Cmd{m.feed.Next(), keepTitle(), tea.RequestBackgroundColor}
	for _, t := range m.tabs {
		if s, ok := t.(component.Starter); ok {
			cmds = append(cmds, s.Start(m.screen()))
		}
	}
	return tea.Batch(cmds...)
}

// Update handles a message, and then shows it to all parts. It does no work that
// takes time; commands do.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.pace.note(msg, m.snapshot.Services, m.lost)
	cmds := m.handle(msg)
	return m, tea.Batch(append(cmds, m.broadcast(msg)...)...)
}

func (m *model) handle(msg tea.Msg) []tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case titleKeptMsg:
		m.titled = true
	case tea.BackgroundColorMsg:
		m.light = !msg.IsDark()
		m.setTheme(theme.Named(m.look.Styles.Name))
	case feed.TickMsg:
		m.now = time.Time(msg)
		return []tea.Cmd{m.feed.Next()}
	case feed.NewsMsg:
		m.show(msg)
		return []tea.Cmd{m.feed.Next()}
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg.Mouse())
	case tea.MouseClickMsg:
		return m.click(msg.Mouse())
	case tea.FocusMsg:
		m.blurred = false
	case tea.BlurMsg:
		m.blurred = true
	default:
		return m.grant(msg)
	}
	return nil
}

// show takes a new state.
func (m *model) show(msg feed.NewsMsg) {
	m.lost = msg.Lost
	row := m.table.Index(m.screen())
	if msg.Snapshot != nil {
		m.snapshot, m.connected = *msg.Snapshot, true
		m.now = time.Now()
		m.recorder.Add(m.snapshot)
	}
	m.table.Refresh(m.screen(), row)
}

// broadcast shows a message to all parts.
func (m *model) broadcast(msg tea.Msg) (cmds []tea.Cmd) {
	if m.dialog != nil && !isTyped(msg) {
		cmds = append(cmds, m.updateDialog(msg)...)
	}
	scr := m.screen()
	for _, p := range m.others {
		cmds = append(cmds, m.perform(p.Update(scr, msg))...)
	}
	scr = m.screen()
	for i, t := range m.tabs {
		scr.Front = i == m.front
		cmds = append(cmds, m.perform(t.Update(scr, msg))...)
	}
	return cmds
}

// isTyped tells whether a message goes to one part only, as text that is typed.
func isTyped(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		return true
	}
	return false
}

// perform carries out what a part wants done. It returns the commands to run.
func (m *model) perform(effects component.Effects) (cmds []tea.Cmd) {
	for _, e := range effects {
		if cmd, ok := e.(tea.Cmd); ok {
			cmds = append(cmds, cmd)
		} else {
			cmds = append(cmds, m.grant(e)...)
		}
	}
	return cmds
}

// grant does what a message of a part asks for.
func (m *model) grant(msg any) []tea.Cmd {
	switch msg := msg.(type) {
	case component.NotifyMsg:
		m.notice = newNotice(msg, m.now)
	case component.OutcomeMsg:
		m.notice = m.notice.outcome(msg, m.now)
	case component.OpenMsg:
		m.dialog = msg.Dialog
	case component.AskMsg:
		m.prompt = msg.Prompt
	case component.ShowTabMsg:
		for i, t := range m.tabs {
			if t.About().ID == msg.ID || msg.ID == component.FirstTab && i == 0 {
				m.front = i
			}
		}
	case component.SelectMsg:
		if msg.New {
			m.table.SelectNew(m.screen(), msg.Service)
		} else {
			m.table.Select(msg.Service)
		}
	case component.QuitMsg:
		if msg.Farewell != "" {
			m.farewell = msg.Farewell
		}
		return []tea.Cmd{tea.Quit}
	}
	return nil
}

// setTheme shows everything in another theme.
func (m *model) setTheme(s *theme.Styles) {
	if m.light {
		s = s.OnLight()
	}
	m.look.Styles = s
}

// screen is the dashboard as its parts may read it.
func (m *model) screen() component.Screen {
	scr := component.Screen{
		Look: m.look, Now: m.now, Width: m.width, Height: m.height,
		Focused: m.focused, Covered: m.dialog != nil, Blurred: m.blurred,
		Connected: m.connected, Lost: m.lost, Snapshot: m.snapshot, Selected: m.table.Selected(),
	}
	scr.Pane = newLayout(scr, m.table, m.zoomed).pane()
	return scr
}

// screenOf is the same for one of the tabs.
func (m *model) screenOf(tab int) component.Screen {
	scr := m.screen()
	scr.Front = tab == m.front
	return scr
}

// View draws the screen.
func (m *model) View() tea.View {
	v := tea.NewView(m.render())
	v.AltScreen = true
	v.ReportFocus = true
	if m.titled {
		v.WindowTitle = messages.Name
	}
	if !m.mouseReleased {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}
