package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/words"
)

// crowd is a dashboard in which every action has something to do: a share and
// a camera, a log longer than the screen, a search, and lines below.
func crowd(t *testing.T) (*model, *fake) {
	t.Helper()
	s := three()
	s.Services = append([]api.Service{share()}, s.Services...)
	s.Services[0].Name, s.Services[0].RequestsPerSecond = "zebra", 3
	s.Services[0].Pool = &api.Pool{Size: 64, Busy: 5}
	m, engine := desk(t, 100, 30, s)
	lines := numbered(0, 200)
	for i := range lines {
		lines[i].Level, lines[i].Time = []string{"INFO", "WARN"}[i%2], clock
		lines[i].Msg += strings.Repeat(" long", 40)
		lines[i].Attrs = []api.Attr{{Key: "key", Value: "value"}}
	}
	m.Update(newsMsg{followed: m.followed(), lines: lines, anew: true})
	press(m, "j")
	m.Update(newsMsg{followed: m.followed(), lines: lines, anew: true})
	m.inPane = true
	press(m, "/", "9", "enter")
	m.inPane = false
	m.log.Scroll(10)
	m.now = clock
	return m, engine
}

// Every key that the help names does something that a person notices: on the
// screen, at the engine, on the clipboard, or by leaving.
func TestEveryKeyDoesWhatTheHelpSays(t *testing.T) {
	for _, a := range actions() {
		for _, k := range a.binding.Keys() {
			t.Run(a.group+" "+k, func(t *testing.T) {
				m, engine := crowd(t)
				switch { // what the key needs before it has something to do
				case a.name == words.DoUnshare:
					press(m, "k")
				case a.name == words.DoKick:
					engine.transfers = []api.Transfer{{ID: "1", Path: "/a"}}
					press(m, "3")
				case a.name == words.DoLimit, a.name == words.DoLimitClient:
					engine.transfers = []api.Transfer{{ID: "1", Path: "/a"}}
					for i := range m.snapshot.Services {
						m.snapshot.Services[i].Control = "/run/x.sock"
					}
					press(m, "3")
				case a.name == words.DoScale:
					m.snapshot.Info.Config = "/ammar.toml"
				case a.name == words.DoLog:
					press(m, "2")
				case a.name == words.DoSearch, a.name == words.DoBack, a.name == words.DoNext, a.name == words.DoPrevious:
					m.inPane = true
				case a.name == words.DoLeft:
					press(m, "right")
				}
				before := m.View()
				_, cmd := m.Update(keyMsg(k))
				after := m.View()
				if cmd == nil && before.Content == after.Content && before.MouseMode == after.MouseMode && engine.taken() == "[]" {
					t.Errorf("%s (%s) does nothing", k, a.binding.Help().Desc)
				}
			})
		}
	}
}

func TestNoKeyIsTakenTwice(t *testing.T) {
	seen := map[string]string{}
	for _, a := range actions() {
		for _, k := range a.binding.Keys() {
			if other, twice := seen[k]; twice && k != "/" { // the table's filter and the log's search
				t.Errorf("%s is for %q and for %q", k, other, a.binding.Help().Desc)
			}
			seen[k] = a.binding.Help().Desc
		}
	}
}

func TestThePaletteFindsAnythingByItsName(t *testing.T) {
	m, engine := crowd(t)
	press(m, ":", "r", "e", "s", "t", "a", "r", "t", "enter")
	if got := engine.taken(); got != "[restart files]" {
		t.Errorf("restart does %s", got)
	}
	press(m, ":", "h", "e", "l", "l", "o", "enter")
	if m.selected != "hello" {
		t.Errorf("hello selects %s", m.selected)
	}
	press(m, ":", "g", "r", "p", "h", "s", "enter") // letters left out
	if m.tab != tabGraphs {
		t.Errorf("grphs opens tab %d", m.tab)
	}
	press(m, ":", "x", "q", "z", "enter")
	if m.dialog != nil || engine.taken() != "[]" {
		t.Error("what has no name does something")
	}
	press(m, ":")
	text := screen(m)
	for range actions() {
		press(m, "down")
		text += screen(m)
	}
	for _, a := range m.actions {
		if a.name != "" && (a.when == nil || a.when(m)) && !strings.Contains(text, a.name) {
			t.Errorf("%s is not in the palette", a.name)
		}
	}
}

func TestTheTableSortsByEveryColumn(t *testing.T) {
	s := three()
	for i := range s.Services {
		v := []float64{3, 1, 2}[i]
		svc := &s.Services[i]
		svc.UptimeSeconds, svc.RequestsPerSecond, svc.CPUPercent, svc.P50MS, svc.P99MS, svc.BytesPerSecond = v, v, v, v, v, v
		svc.Restarts, svc.RSSBytes, svc.Pool = int(v), int64(v), &api.Pool{Busy: int(v), Size: 8}
		svc.Camera = &api.Camera{FPS: v}
		svc.Name, svc.Addr = string(rune('a'+int(v))), fmt.Sprint(v)
		svc.State = []api.State{api.Stopped, api.Failed, api.Ready}[i]
	}
	m, _ := desk(t, 200, 30, s)
	names := func() (list string) {
		for _, svc := range m.rows() {
			list += svc.Name
		}
		return list
	}
	if names() != "dbc" {
		t.Fatalf("unsorted it is %s", names())
	}
	for i, c := range columns() {
		if c.compare == nil {
			continue
		}
		m.sortBy(i)
		want := "bcd"
		if c.right { // numbers: the highest first
			want = "dcb"
		}
		if names() != want {
			t.Errorf("by %s it is %s, want %s", c.title, names(), want)
		}
		if !strings.Contains(screen(m), c.title+"↑") && !strings.Contains(screen(m), c.title+"↓") {
			t.Errorf("the heading does not say that it is sorted by %s", c.title)
		}
		m.sortReverse()
		if names() == want {
			t.Errorf("by %s it cannot be turned round", c.title)
		}
	}
	m.order = unsorted
	for range columns() {
		press(m, "o")
	}
	if m.order != unsorted && names() == "" {
		t.Error("o does not come round")
	}
}

func TestTheTableIsFiltered(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "/", "b", "a", "c", "k", "enter") // hello is in backoff
	if text := screen(m); strings.Contains(text, "camera  ●") || !strings.Contains(text, "hello") || m.selected != "hello" {
		t.Errorf("selected %s:\n%s", m.selected, text)
	}
	press(m, "esc")
	if !strings.Contains(screen(m), "camera  ●") {
		t.Errorf("esc keeps the filter:\n%s", screen(m))
	}
	press(m, "/", "z", "z")
	if !strings.Contains(screen(m), "esc shows all") {
		t.Errorf("nothing is found, and it is not said:\n%s", screen(m))
	}
}

func TestLogsAreMergedAndNamed(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "l")
	if m.followed() != keyOf(strings.Split("files\ncamera\nhello", "\n"), history) {
		t.Fatalf("l follows %q", m.followed())
	}
	m.Update(newsMsg{followed: m.followed(), lines: []api.LogLine{{Service: "files", Msg: "one"}, {Service: "hello", Msg: "two"}}, anew: true})
	text := screen(m)
	if !strings.Contains(text, "files INFO  one") && !strings.Contains(text, "files       one") || !strings.Contains(text, "3 logs merged") {
		t.Errorf("no names:\n%s", text)
	}
	press(m, "l")
	if m.followed() != keyOf(strings.Split("files", "\n"), history) {
		t.Errorf("l again follows %q", m.followed())
	}
	press(m, "space", "j", "space")
	if m.followed() != keyOf(strings.Split("files\ncamera", "\n"), history) {
		t.Errorf("space follows %q", m.followed())
	}
	press(m, "j") // another selection leaves the merged log alone
	if m.followed() != keyOf(strings.Split("files\ncamera", "\n"), history) {
		t.Errorf("after j it follows %q", m.followed())
	}
}

func TestTheMouseSelectsSortsAndOpensTabs(t *testing.T) {
	m, _ := desk(t, 120, 40, three())
	find := func(text string) (x, y int) {
		for y, line := range strings.Split(screen(m), "\n") {
			if before, _, ok := strings.Cut(line, text); ok {
				return ansi.StringWidth(before), y
			}
		}
		t.Fatalf("%q is not on the screen:\n%s", text, screen(m))
		return 0, 0
	}
	click := func(text string) {
		x, y := find(text)
		m.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	}
	click("camera")
	if m.selected != "camera" {
		t.Errorf("a click on camera selects %s", m.selected)
	}
	click("REQ/S")
	if columns()[max(0, m.order.column)].title != "REQ/S" || !m.order.reverse {
		t.Errorf("a click on the heading sorts by %+v", m.order)
	}
	click("REQ/S")
	if m.order.reverse {
		t.Error("a second click does not turn it round")
	}
	for tab := range tabs {
		click(tab.name())
		if m.tab != tab {
			t.Errorf("a click on %s opens %s", tab.name(), m.tab.name())
		}
	}
	press(m, "1")
	m.Update(newsMsg{followed: m.followed(), lines: numbered(0, 100), anew: true})
	click("line 00090")
	if !m.inPane || !strings.HasSuffix(m.log.Line(), "line 00090") {
		t.Errorf("a click on a line leaves the cursor on %q", m.log.Line())
	}
	x, y := find("line 00090")
	m.Update(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	if m.log.Following() {
		t.Error("the wheel does not scroll")
	}
	press(m, "m")
	if m.View().MouseMode != tea.MouseModeNone {
		t.Error("m does not let go of the mouse")
	}
	press(m, "m")
	if m.View().MouseMode == tea.MouseModeNone {
		t.Error("m does not take it again")
	}
}

func TestEveryThemeSaysTheStateInWordsToo(t *testing.T) {
	m, _ := desk(t, 120, 40, three())
	plain := screen(m)
	for range 3 {
		m.nextTheme()
		m.notice = notice{}
		if got := screen(m); got != plain {
			t.Errorf("theme %s says something else:\n%s", m.styles.Name, got)
		}
	}
}

func TestTheDialogAnswersToArrowsToo(t *testing.T) {
	m, engine := desk(t, 100, 30, three())
	press(m, "j", "s", "right", "enter")
	if got := engine.taken(); got != "[]" || m.dialog != nil {
		t.Errorf("no, chosen by an arrow, does %s", got)
	}
	press(m, "s", "right", "left", "enter")
	if got := engine.taken(); got != "[stop camera]" {
		t.Errorf("yes, chosen by arrows, does %s", got)
	}
}
