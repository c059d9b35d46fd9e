package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/tabs/camera"
	"github.com/ammarctl/ammarctl/ui/tabs/clients"
	"github.com/ammarctl/ammarctl/ui/tabs/logs"
	"github.com/ammarctl/ammarctl/ui/theme"
)

var _ Engine = (*client.Client)(nil)

// fake is an engine that notes what it was asked for.
type fake struct {
	settings []api.Setting

	mu     sync.Mutex
	asked  []string
	fails  error
	would  api.Reload
	panics string // where
	// panicNext lets Watch panic at the next state: a start asks for it when
	// panics is "in the engine", so a test chooses the moment.
	panicNext bool

	visitors []api.Visitor
	history  []api.Span
	// historyAsked counts the calls of History.
	historyAsked int
	controls     []api.Control
	limits       api.TransferLimits
	links        []api.Link
	transfers    []api.Transfer
	gone         bool // the supervisor goes after the next state
	states       chan api.Snapshot
	lines        chan api.LogLine
}

func newFake() *fake {
	return &fake{states: make(chan api.Snapshot), lines: make(chan api.LogLine)}
}

func (f *fake) note(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
	return f.fails
}

func (f *fake) taken() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := fmt.Sprint(f.asked)
	f.asked = nil
	return text
}

func (f *fake) Watch(ctx context.Context, fn func(api.Snapshot) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case s, ok := <-f.states:
			if !ok {
				<-ctx.Done()
				return errors.New("gone")
			}
			if err := fn(s); err != nil {
				return err
			}
			f.mu.Lock()
			gone, panics := f.gone, f.panicNext
			f.mu.Unlock()
			if panics {
				panic("panic on purpose")
			}
			if gone {
				return errors.New("gone")
			}
		}
	}
}

func (f *fake) Logs(ctx context.Context, _ client.LogQuery, fn func(api.LogLine) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case l := <-f.lines:
			if err := fn(l); err != nil {
				return err
			}
		}
	}
}

func (f *fake) History(_ context.Context, name, _ string) (api.History, error) {
	f.mu.Lock()
	f.historyAsked++
	f.mu.Unlock()
	if f.history == nil {
		return api.History{}, errors.New("this supervisor keeps none")
	}
	return api.History{Service: name, Spans: f.history}, nil
}

func (f *fake) Settings(context.Context, string) ([]api.Setting, error) { return f.settings, nil }

func (f *fake) Start(_ context.Context, name string) error {
	f.mu.Lock()
	f.panicNext = f.panics == "in the engine"
	f.mu.Unlock()
	return f.note("start %s", name)
}
func (f *fake) Stop(_ context.Context, name string) error { return f.note("stop %s", name) }
func (f *fake) Restart(_ context.Context, name string) error {
	if f.panics == "in a command" {
		panic("panic on purpose")
	}
	return f.note("restart %s", name)
}
func (f *fake) Unshare(_ context.Context, name string) error { return f.note("unshare %s", name) }
func (f *fake) Down(context.Context) error                   { return f.note("down") }
func (f *fake) Reload(_ context.Context, r api.ReloadRequest) (api.Reload, error) {
	f.mu.Lock()
	would := f.would
	f.mu.Unlock()
	would.Applied = !r.DryRun
	return would, f.note("reload dry=%t", r.DryRun)
}
func (f *fake) Controls(context.Context, api.Service) (api.Controls, error) {
	if f.controls == nil {
		return api.Controls{}, errors.New("this camera has none")
	}
	return api.Controls{Device: "/dev/video0", Controls: slices.Clone(f.controls)}, nil
}
func (f *fake) SetControls(ctx context.Context, s api.Service, values map[string]int) (api.Controls, error) {
	for i := range f.controls {
		if v, ok := values[f.controls[i].ID]; ok {
			f.controls[i].Value = v
		}
	}
	err := f.note("set %v", values)
	list, _ := f.Controls(ctx, s)
	return list, err
}
func (f *fake) Limits(context.Context, api.Service) (api.TransferLimits, error) { return f.limits, nil }
func (f *fake) SetLimits(_ context.Context, s api.Service, share, each int64) error {
	return f.note("limit %s %d %d", s.Name, share, each)
}
func (f *fake) SetClientLimit(_ context.Context, s api.Service, client string, n int64) error {
	return f.note("limit %s %s %d", s.Name, client, n)
}
func (f *fake) Links(context.Context, api.Service) ([]api.Link, error) { return f.links, nil }
func (f *fake) Revoke(_ context.Context, s api.Service, id string) error {
	return f.note("revoke %s %s", s.Name, id)
}
func (f *fake) Picture(context.Context, api.Service) ([]byte, error) {
	return nil, errors.New("this camera has none")
}
func (f *fake) Visitors(context.Context, api.Service) ([]api.Visitor, error) { return f.visitors, nil }
func (f *fake) Transfers(context.Context, api.Service) ([]api.Transfer, error) {
	return f.transfers, nil
}
func (f *fake) Kick(_ context.Context, s api.Service, id string) error {
	return f.note("kick %s %s", s.Name, id)
}
func (f *fake) Share(_ context.Context, r api.ShareRequest) (api.Service, error) {
	return share(), f.note("share %s", r.Path)
}

// clock is the time of all screens in tests.
var clock = time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC)

func ready(name, kind, addr string) api.Service {
	return api.Service{
		Name: name, Kind: kind, State: api.Ready, PID: 100, Addr: addr, UptimeSeconds: 8040,
		RequestsTotal: 1000, RequestsPerSecond: 12.5, Pool: &api.Pool{Size: 64, Busy: 2, QueueLimit: 256},
		Connections: 3, CPUPercent: 1.5, RSSBytes: 12 << 20, Rates: []float64{0, 1, 2, 4, 8, 12.5},
	}
}

func share() api.Service {
	s := ready("album", "files", "[::]:9000")
	s.Share = &api.Share{Path: "/home/ada/album", URLs: []api.Address{
		{URL: "http://192.168.1.20:9000/", Interface: "wlan0", Note: "same network"},
		{URL: "http://127.0.0.1:9000/", Interface: "lo", Note: "this machine only"},
	}}
	return s
}

// three is an instance at work: one idle camera, one service in backoff.
func three() api.Snapshot {
	camera := ready("camera", "camera", "127.0.0.1:8081")
	camera.Camera = &api.Camera{FPS: 29.9, Clients: 2, Capturing: true}
	camera.Streams, camera.Status = 2, "streaming /dev/video0 1280x720 MJPG to 2 clients"
	files := ready("files", "files", "127.0.0.1:8080")
	files.Command = `["ammarctl"] and 12 arguments`
	files.Status = "sharing /home/ada"
	hello := api.Service{Name: "hello", Kind: "exec", State: api.Backoff, Addr: "127.0.0.1:9000", Restarts: 3,
		Reason: "exit status 3; restart 3", LastExit: &api.Exit{Text: "exit status 3", Code: 3,
			Time: clock.Add(-time.Second)}}
	at := clock.Add(4 * time.Second)
	hello.NextStart = &at
	return api.Snapshot{
		Time: clock, Info: api.Info{Instance: "default", SupervisorPID: 42, Since: clock.Add(-8040 * time.Second)},
		Services: []api.Service{files, camera, hello},
	}
}

func logLines() []api.LogLine {
	at := func(s int) time.Time { return clock.Add(time.Duration(s-60) * time.Second) }
	attrs := func(kv ...string) (list []api.Attr) {
		for i := 0; i < len(kv); i += 2 {
			list = append(list, api.Attr{Key: kv[i], Value: kv[i+1]})
		}
		return list
	}
	return []api.LogLine{
		{Seq: 1, Time: at(1), Level: "INFO", Msg: "started, pid 100", Supervisor: true},
		{Seq: 2, Time: at(2), Level: "INFO", Msg: "request", Raw: "/notes.txt", Attrs: attrs("method", "GET", "path",
			"/notes.txt", "status", "200", "bytes", "1024", "ms", "0.120", "remote", "127.0.0.1:5000")},
		{Seq: 3, Time: at(3), Level: "WARN", Msg: "slow client", Raw: "slow client", Attrs: attrs("remote", "10.0.0.4")},
		{Seq: 4, Time: at(4), Level: "ERROR", Msg: "cannot read \x1b[2J\x1b]0;evil\x07the disk", Raw: "cannot read"},
		{Seq: 5, Time: at(5), Msg: "a line without structure", Raw: "a line without structure"},
		{Seq: 6, Time: at(6), Level: "INFO", Msg: "request", Raw: "/none", Attrs: attrs("method", "GET", "path", "/none",
			"status", "404", "bytes", "24", "ms", "0.010", "remote", "127.0.0.1:5000")},
	}
}

// desk is a dashboard without a terminal, its clock standing.
func desk(t *testing.T, width, height int, s api.Snapshot) (*model, *fake) {
	t.Helper()
	engine := newFake()
	m := open(t, engine, settings{})
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	m.Update(feed.NewsMsg{Snapshot: &s})
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: logLines(), Restart: true})
	m.now = clock
	return m, engine
}

// open makes a dashboard of an engine. It has a terminal with Unicode and colours
// unless the settings say something else.
func open(t *testing.T, engine Engine, s settings) *model {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := feed.New(ctx, engine)
	t.Cleanup(func() { cancel(); f.Close() })
	s.look.Styles, s.look.Unicode = theme.Named(""), true
	if s.getenv == nil {
		s.getenv = func(string) string { return "" }
	}
	return newModel(ctx, engine, f, s)
}

// logsOf is the tab with the log.
func logsOf(m *model) *logs.Tab { return m.tabs[0].(*logs.Tab) }

// followed are the logs that the dashboard shows.
func followed(m *model) feed.Logs { return logsOf(m).Followed() }

// pick selects a service.
func pick(m *model, name string) { m.Update(component.SelectMsg{Service: name}) }

// frontTitle is the title of the tab in front.
func frontTitle(m *model) string { return m.tabs[m.front].About().Title }

// show brings the tab with this title to the front.
func show(m *model, title string) {
	m.front = slices.IndexFunc(m.tabs, func(t component.Tab) bool { return t.About().Title == title })
}

// press presses keys by name and runs the commands that follow from them.
func press(m *model, names ...string) {
	for _, name := range names {
		_, cmd := m.Update(keyMsg(name))
		settle(m, cmd)
	}
}

// settle runs a command and those that follow from what it says.
func settle(m *model, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			settle(m, c)
		}
	default:
		_, next := m.Update(msg)
		if !endless(msg) {
			settle(m, next)
		}
	}
}

// endless tells whether a message is followed by the next of its kind.
func endless(msg tea.Msg) bool {
	switch msg.(type) {
	case camera.FrameMsg, clients.AnswerMsg:
		return true
	}
	return false
}

func keyMsg(name string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp,
		"down": tea.KeyDown,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace, "home": tea.KeyHome, "end": tea.KeyEnd,
		"left": tea.KeyLeft, "right": tea.KeyRight, "space": tea.KeySpace}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if name == "ctrl+c" {
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func screen(m *model) string { return ansi.Strip(m.View().Content) }

// TestMain is also the dashboard that the terminal tests run.
func TestMain(m *testing.M) {
	if os.Getenv("DASHBOARD") != "" {
		os.Exit(lively())
	}
	// teatest waits for an interrupt until the process ends.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/charmbracelet/x/exp/teatest/v2.NewTestModel.func2"))
}
