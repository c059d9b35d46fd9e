package ui

import (
	"flag"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/logview"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// updating tells whether -update, which teatest brings along, asks for the
// golden screens and docs/keys.md to be written anew.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// golden compares text with a file, which -update writes; what changed there
// is to be looked at as one looks at a screen.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another; look at it with go test ./ui -update and git diff\ngot:\n%s", path, got)
	}
}

func TestScreens(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for name, prepare := range map[string]func(*model){
		"at-work":  func(*model) {},
		"backoff":  func(m *model) { press(m, "j", "j") },
		"stop":     func(m *model) { press(m, "j", "s") },
		"help":     func(m *model) { press(m, "?") },
		"share":    func(m *model) { press(m, "a") },
		"search":   func(m *model) { press(m, "tab", "/", "n", "o", "enter") },
		"stop-all": func(m *model) { press(m, "Q") },
		"lost":     func(m *model) { m.Update(newsMsg{lost: true}); m.now = clock },
		"zoomed":   func(m *model) { press(m, "enter") },
		"graphs":   func(m *model) { someHistory(m); press(m, "2") },
		"clients":  func(m *model) { press(m, "j", "3") },
		"transfers": func(m *model) {
			m.tab = tabClients
			m.served = served{service: "files", asking: true, visitors: []api.Visitor{{Address: "10.0.0.4", Connections: 1, Requests: 12, Bytes: 250e6, Last: clock.Add(-9 * time.Second)}},
				transfers: []api.Transfer{{ID: "1", Client: "10.0.0.4", Path: "/film.mkv", Direction: "download", DoneBytes: 250e6, TotalBytes: 1000e6, BytesPerSecond: 10e6}}}
		},
		"camera": func(m *model) { aPicture(m) },
		"info": func(m *model) {
			m.detail = detail{pid: 100, service: "files", command: "ammarctl service files --root /home/ada", table: []string{"port = 8080", `root = "~"`}}
			press(m, "5")
		},
		"fingerprint": func(m *model) {
			s := share()
			s.Share.AuthoritySHA256 = strings.TrimSuffix(strings.Repeat("6F:", 32), ":")
			m.snapshot.Services = append(m.snapshot.Services, s)
			m.pick(s.Name)
			press(m, "5")
		},
		"palette": func(m *model) { press(m, ":", "l", "o", "g") },
		"filter":  func(m *model) { press(m, "&", "w", "i", "t", "h") },
		"sorted":  func(m *model) { press(m, "o"); m.notice = notice{} },
		"changes": func(m *model) {
			m.Update(comparedMsg{draft: &draft{}, would: api.Reload{Changes: []api.Change{{Service: "files", Action: api.ChangeRestart, Keys: []api.KeyChange{{Key: "workers", From: "64", To: "8"}, {Key: "env"}}}}}})
		},
		"merged": func(m *model) {
			press(m, "l")
			lines := logLines()
			for i := range lines {
				lines[i].Service = []string{"files", "camera"}[i%2]
			}
			m.Update(newsMsg{followed: m.followed(), lines: lines, anew: true})
			m.now = clock
		},
		"opened": func(m *model) { press(m, "J") },
		"welcome": func(m *model) {
			s := three()
			s.Info.Config = embedded
			s.Services[2].Reason = ""
			m.Update(newsMsg{snapshot: &s})
			m.now = clock
		},
		"ascii":     func(m *model) { m.glyphs = false; someHistory(m); press(m, "2") },
		"addresses": func(m *model) { m.Update(sharedMsg{service: share()}) },
		"failed": func(m *model) {
			s := three()
			s.Services[2].State, s.Services[2].NextStart = api.Failed, nil
			s.Services[2].Reason = "started 5 times within 1m0s, the last time: exit status 3; gave up"
			m.Update(newsMsg{snapshot: &s})
			press(m, "j", "j")
			m.now = clock
		},
	} {
		for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 12}, {20, 5}} {
			m, _ := desk(t, size[0], size[1], three())
			prepare(m)
			var lines []string
			for line := range strings.Lines(screen(m) + "\n") {
				lines = append(lines, strings.TrimRight(line, " \n"))
			}
			golden(t, filepath.Join("testdata", "screens", name+sizeName(size)), strings.Join(lines, "\n")+"\n")
		}
	}
}

// someHistory lets a quarter of an hour go by.
func someHistory(m *model) {
	m.past = past{}
	for i := range 900 {
		s := three()
		s.Time = clock.Add(time.Duration(i-900) * time.Second)
		for k := range s.Services {
			s.Services[k].RequestsPerSecond = float64(i % 60)
			s.Services[k].BytesPerSecond = float64(i%30) * 1e5
			s.Services[k].P99MS = float64(i % 7)
			s.Services[k].Rates = nil
		}
		m.past.add(s)
	}
}

// aPicture puts the camera's tab in front, with a picture of two halves.
func aPicture(m *model) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	for i := range 64 * 36 {
		if i/64 < 18 {
			img.Set(i%64, i/64, color.White)
		}
	}
	m.tab = tabCamera
	m.camera.service, m.camera.asking = "camera", true // nothing is fetched
	m.camera.took(frameMsg{service: "camera", picture: img})
	m.camera.asking = true
}

// What colours mean is looked at in these: the codes are in them.
func TestColours(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, name := range theme.Names() {
		m, _ := desk(t, 80, 24, three())
		m.dress(theme.Named(name))
		press(m, "tab", "/", "slow", "enter")
		golden(t, filepath.Join("testdata", "colours", name), strings.ReplaceAll(m.View().Content, "\x1b", "␛")+"\n")
	}
}

func sizeName(size [2]int) string {
	return map[int]string{120: ".120x40", 80: ".80x24", 40: ".40x12", 20: ".20x5"}[size[0]]
}

// Whatever the size, and whatever is open, nothing is wider or taller than
// the screen.
func TestNoSizeBreaksTheScreen(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	s := three()
	s.Services = append(s.Services, share())
	s.Services[0].Name = strings.Repeat("long", 8)
	s.Services[1].Reason = strings.Repeat("a long story ", 40)
	m.Update(newsMsg{snapshot: &s})
	aPicture(m)
	someHistory(m)
	m.Update(newsMsg{followed: m.followed(), lines: logLines(), anew: true})
	changes := changesDialog{comparedMsg: comparedMsg{draft: &draft{}, would: api.Reload{Changes: []api.Change{{Service: strings.Repeat("s", 90), Keys: []api.KeyChange{{Key: "k", From: strings.Repeat("f", 90)}}}}}}}
	dialogs := map[string]dialog{
		"none": nil, "help": helpDialog{}, "share": newShareDialog(), "addresses": addressDialog{service: share()}, "palette": newPalette(), "changes": changes,
		"confirm": confirmDialog{question: strings.Repeat("Really? ", 30)},
	}
	for name, d := range dialogs {
		sizes(t, m, name, func() { m.dialog, m.tab = d, tabLog })
	}
	for tab := range tabs {
		sizes(t, m, tab.name(), func() { m.dialog, m.tab = nil, tab })
		sizes(t, m, "zoomed "+tab.name(), func() { m.dialog, m.tab, m.zoomed = nil, tab, true })
		m.zoomed = false
	}
	for name, o := range map[string]logview.Options{"wrap": {Wrap: true}, "open": {Open: true, Times: logview.Relative}, "filtered": {Only: "o", Search: "e", Level: "INFO"}} {
		sizes(t, m, name, func() { m.tab = tabLog; m.log.Choose(o) })
	}
	m.log.Choose(logview.Options{})
	m.askSearch()
	sizes(t, m, "prompt", func() { m.tab = tabLog })
	m.prompt = nil
	m.glyphs = false
	sizes(t, m, "ascii", func() { m.tab = tabGraphs })
}

// sizes draws the same in many sizes.
func sizes(t *testing.T, m *model, name string, prepare func()) {
	t.Helper()
	for width := 0; width <= 200; width += 1 + width/6 {
		for height := 0; height <= 60; height += 1 + height/12 {
			prepare()
			m.Update(tea.WindowSizeMsg{Width: width, Height: height})
			text := m.render()
			lines := strings.Split(text, "\n")
			if len(lines) > max(1, height) {
				t.Fatalf("%s, %dx%d: %d lines", name, width, height, len(lines))
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > width {
					t.Fatalf("%s, %dx%d: a line of %d cells: %q", name, width, height, w, ansi.Strip(l))
				}
			}
		}
	}
}

func TestASmallScreenShowsEveryServicesNameAndState(t *testing.T) {
	m, _ := desk(t, 40, 12, three())
	text := screen(m)
	for _, want := range []string{"files", "camera", "hello", "● ready", "↻ backoff"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
}

func TestManyServicesScrollWithTheSelection(t *testing.T) {
	s := three()
	for i := range 50 {
		s.Services = append(s.Services, ready("more-"+string(rune('a'+i%26))+string(rune('a'+i/26)), "exec", ""))
	}
	m, _ := desk(t, 100, 30, s)
	for range 60 {
		press(m, "j")
	}
	if last := s.Services[len(s.Services)-1].Name; !strings.Contains(screen(m), "▸ "+last) {
		t.Errorf("the last one, %s, is selected and not on the screen:\n%s", last, screen(m))
	}
}

func TestAnASCIILocaleGetsASCII(t *testing.T) {
	m, _ := desk(t, 120, 40, three())
	m.glyphs = false
	m.dialog = confirmDialog{question: "Stop?"}
	for _, r := range screen(m) {
		if r > 126 && r != '…' {
			t.Errorf("%q is on an ASCII screen", r)
		}
	}
}
