package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/feed"
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
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: lines, Restart: true})
	press(m, "j")
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: lines, Restart: true})
	m.focused = true
	press(m, "/", "9", "enter")
	m.focused = false
	press(m, "pgup")
	m.now = clock
	return m, engine
}

// Every key that the help names does something that a person notices: on the
// screen, at the engine, on the clipboard, or by leaving.
func TestEveryKeyDoesWhatTheHelpSays(t *testing.T) {
	sample, _ := crowd(t)
	for i, key := range sample.keys {
		for _, k := range strings.Fields(key.Keys) {
			t.Run(key.Group+" "+k, func(t *testing.T) {
				m, engine := crowd(t)
				a := m.keys[i]
				switch a.Name { // what the key needs before it has something to do
				case "End the share":
					press(m, "k")
				case "End the transfer or link":
					engine.transfers = []api.Transfer{{ID: "1", Path: "/a"}}
					press(m, "3")
				case "Limit the bandwidth", "Limit the bandwidth of one client":
					engine.transfers = []api.Transfer{{ID: "1", Path: "/a"}}
					for i := range m.snapshot.Services {
						m.snapshot.Services[i].Control = "/run/x.sock"
					}
					press(m, "3")
				case "Scale":
					m.snapshot.Info.Config = "/ammar.toml"
				case "Log":
					press(m, "2")
				case "Search the log", "Back", "Next match", "Previous match":
					m.focused = true
				case "Sideways left":
					press(m, "right")
				}
				if !a.Active(a.in(m.screen(), m.front)) {
					t.Fatalf("%s (%s) cannot be pressed", k, a.Help)
				}
				before := m.View()
				_, cmd := m.Update(keyMsg(k))
				after := m.View()
				if cmd == nil && before.Content == after.Content && before.MouseMode == after.MouseMode && engine.taken() == "[]" {
					t.Errorf("%s (%s) does nothing", k, a.Help)
				}
			})
		}
	}
}

func TestNoKeyIsTakenTwice(t *testing.T) {
	seen := map[string]string{}
	m, _ := desk(t, 100, 30, three())
	for _, a := range m.keys {
		for _, k := range strings.Fields(a.Keys) {
			if other, twice := seen[k]; twice && k != "/" { // the table's filter and the log's search
				t.Errorf("%s is for %q and for %q", k, other, a.Help)
			}
			seen[k] = a.Help
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
	if m.table.Selected() != "hello" {
		t.Errorf("hello selects %s", m.table.Selected())
	}
	press(m, ":", "g", "r", "p", "h", "s", "enter") // letters left out
	if frontTitle(m) != "Graphs" {
		t.Errorf("grphs opens %s", frontTitle(m))
	}
	press(m, ":", "x", "q", "z", "enter")
	if m.dialog != nil || engine.taken() != "[]" {
		t.Error("what has no name does something")
	}
	press(m, ":")
	text := screen(m)
	for range m.keys {
		press(m, "down")
		text += screen(m)
	}
	for _, a := range m.keys.active(m.screen(), m.front) {
		if a.Name != "" && !strings.Contains(text, a.Name) {
			t.Errorf("%s is not in the palette", a.Name)
		}
	}
}

func TestTheTableIsFiltered(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "/", "b", "a", "c", "k", "enter") // hello is in backoff
	if text := screen(m); strings.Contains(text, "camera  ●") || !strings.Contains(text, "hello") ||
		m.table.Selected() != "hello" {
		t.Errorf("selected %s:\n%s", m.table.Selected(), text)
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
	if follows := fmt.Sprint(followed(m).Names); follows != fmt.Sprint([]string{"files", "camera", "hello"}) {
		t.Fatalf("l follows %q", follows)
	}
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: []api.LogLine{{Service: "files", Msg: "one"},
		{Service: "hello", Msg: "two"}}, Restart: true})
	text := screen(m)
	if !strings.Contains(text, "files INFO  one") && !strings.Contains(text, "files       one") ||
		!strings.Contains(text, "3 logs merged") {
		t.Errorf("no names:\n%s", text)
	}
	press(m, "l")
	if follows := fmt.Sprint(followed(m).Names); follows != fmt.Sprint([]string{"files"}) {
		t.Errorf("l again follows %q", follows)
	}
	press(m, "space", "j", "space")
	if follows := fmt.Sprint(followed(m).Names); follows != fmt.Sprint([]string{"files", "camera"}) {
		t.Errorf("space follows %q", follows)
	}
	press(m, "j") // another selection leaves the merged log alone
	if follows := fmt.Sprint(followed(m).Names); follows != fmt.Sprint([]string{"files", "camera"}) {
		t.Errorf("after j it follows %q", follows)
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
	if m.table.Selected() != "camera" {
		t.Errorf("a click on camera selects %s", m.table.Selected())
	}
	click("REQ/S")
	if !strings.Contains(screen(m), "REQ/S↓") {
		t.Errorf("a click on the heading does not sort by it:\n%s", screen(m))
	}
	click("REQ/S")
	if !strings.Contains(screen(m), "REQ/S↑") {
		t.Errorf("a second click does not reverse the order:\n%s", screen(m))
	}
	for _, tab := range m.tabs {
		click(tab.About().Title)
		if frontTitle(m) != tab.About().Title {
			t.Errorf("a click on %s opens %s", tab.About().Title, frontTitle(m))
		}
	}
	press(m, "1")
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(0, 100), Restart: true})
	click("line 00090")
	if !m.focused || !cursorOn(m, "line 00090") {
		t.Errorf("a click on a line leaves the cursor elsewhere:\n%s", screen(m))
	}
	x, y := find("line 00090")
	m.Update(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	if strings.Contains(screen(m), "following") {
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

// cursorOn tells whether the cursor of the log is on a line that ends so.
func cursorOn(m *model, end string) bool {
	for line := range strings.Lines(screen(m)) {
		if strings.HasPrefix(line, "▸") && strings.HasSuffix(strings.TrimSpace(line), end) {
			return true
		}
	}
	return false
}

func TestEveryThemeSaysTheStateInWordsToo(t *testing.T) {
	m, _ := desk(t, 120, 40, three())
	plain := screen(m)
	for range 3 {
		press(m, "T")
		m.notice = notice{}
		if got := screen(m); got != plain {
			t.Errorf("theme %s says something else:\n%s", m.look.Styles.Name, got)
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

// What is typed right after a key that opens something goes into it, and does
// nothing to a service: requests of a part are granted before the next key.
func TestAKeyThatFollowsAtOnceGoesIntoTheDialog(t *testing.T) {
	for _, opens := range []string{":", "a", "&", "/"} {
		m, engine := desk(t, 100, 30, three())
		for _, k := range []string{opens, "r", "S"} {
			m.Update(keyMsg(k)) // no command is run in between
		}
		if m.dialog == nil && m.prompt == nil || engine.taken() != "[]" || len(m.snapshot.Services) == 0 {
			t.Errorf("after %s: dialog %v, prompt %v", opens, m.dialog, m.prompt)
		}
		if _, _, busy := m.operations.Busy("files"); busy {
			t.Errorf("after %s the service is operated on", opens)
		}
	}
}
