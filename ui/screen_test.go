package ui

import (
	"flag"
	"fmt"
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
	"github.com/ammarctl/ammarctl/ui/dialogs"
	"github.com/ammarctl/ammarctl/ui/editing"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/metrics"
	"github.com/ammarctl/ammarctl/ui/sharing"
	"github.com/ammarctl/ammarctl/ui/tabs/camera"
	"github.com/ammarctl/ammarctl/ui/tabs/info"
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
	for name, prepare := range map[string]func(*model, *fake){
		"at-work":  func(*model, *fake) {},
		"backoff":  func(m *model, _ *fake) { press(m, "j", "j") },
		"stop":     func(m *model, _ *fake) { press(m, "j", "s") },
		"help":     func(m *model, _ *fake) { press(m, "?") },
		"share":    func(m *model, _ *fake) { press(m, "a") },
		"search":   func(m *model, _ *fake) { press(m, "tab", "/", "n", "o", "enter") },
		"stop-all": func(m *model, _ *fake) { press(m, "Q") },
		"lost":     func(m *model, _ *fake) { m.Update(feed.NewsMsg{Lost: true}); m.now = clock },
		"zoomed":   func(m *model, _ *fake) { press(m, "enter") },
		"graphs":   func(m *model, _ *fake) { someHistory(m); press(m, "2") },
		"clients":  func(m *model, _ *fake) { press(m, "j", "3") },
		"transfers": func(m *model, engine *fake) {
			engine.visitors = []api.Visitor{{Address: "10.0.0.4", Connections: 1, Requests: 12, Bytes: 250e6,
				Last: clock.Add(-9 * time.Second)}}
			engine.transfers = []api.Transfer{{
				ID: "1", Client: "10.0.0.4", Path: "/film.mkv", Direction: "download",
				DoneBytes: 250e6, TotalBytes: 1000e6, BytesPerSecond: 10e6,
			}}
			press(m, "3")
		},
		"camera": func(m *model, _ *fake) { aPicture(m) },
		"info": func(m *model, _ *fake) {
			press(m, "5")
			m.Update(info.DetailMsg{
				PID: 100, Service: "files",
				Table: []string{"port = 8080", `root = "~"`},
			})
		},
		"fingerprint": func(m *model, _ *fake) {
			s := share()
			s.Share.AuthoritySHA256 = strings.TrimSuffix(strings.Repeat("6F:", 32), ":")
			m.snapshot.Services = append(m.snapshot.Services, s)
			pick(m, s.Name)
			press(m, "5")
		},
		"palette": func(m *model, _ *fake) { press(m, ":", "l", "o", "g") },
		"filter":  func(m *model, _ *fake) { press(m, "&", "w", "i", "t", "h") },
		"sorted":  func(m *model, _ *fake) { press(m, "o"); m.notice = notice{} },
		"changes": func(m *model, _ *fake) {
			m.Update(editing.ComparedMsg{Changes: []api.Change{{
				Service: "files", Action: api.ChangeRestart,
				Keys: []api.KeyChange{{Key: "workers", From: "64", To: "8"}, {Key: "env"}},
			}}})
		},
		"merged": func(m *model, _ *fake) {
			press(m, "l")
			lines := logLines()
			for i := range lines {
				lines[i].Service = []string{"files", "camera"}[i%2]
			}
			m.Update(feed.NewsMsg{Followed: followed(m), Lines: lines, Restart: true})
			m.now = clock
		},
		"opened": func(m *model, _ *fake) { press(m, "J") },
		"welcome": func(m *model, _ *fake) {
			s := three()
			s.Info.Config = "embedded default"
			s.Services[2].Reason = ""
			m.Update(feed.NewsMsg{Snapshot: &s})
			m.now = clock
		},
		"ascii":     func(m *model, _ *fake) { m.look.Unicode = false; someHistory(m); press(m, "2") },
		"addresses": func(m *model, _ *fake) { m.Update(sharing.SharedMsg{Service: share()}) },
		"failed": func(m *model, _ *fake) {
			s := three()
			s.Services[2].State, s.Services[2].NextStart = api.Failed, nil
			s.Services[2].Reason = "started 5 times within 1m0s, the last time: exit status 3; gave up"
			m.Update(feed.NewsMsg{Snapshot: &s})
			press(m, "j", "j")
			m.now = clock
		},
	} {
		for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 12}, {20, 5}} {
			m, engine := desk(t, size[0], size[1], three())
			prepare(m, engine)
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
	*m.recorder = metrics.Recorder{}
	for i := range 900 {
		s := three()
		s.Time = clock.Add(time.Duration(i-900) * time.Second)
		for k := range s.Services {
			s.Services[k].RequestsPerSecond = float64(i % 60)
			s.Services[k].BytesPerSecond = float64(i%30) * 1e5
			s.Services[k].P99MS = float64(i % 7)
			s.Services[k].Rates = nil
		}
		m.recorder.Add(s)
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
	m.Update(keyMsg("4")) // its command, which fetches a frame, is not run
	m.Update(camera.FrameMsg{Service: "camera", Frame: img})
}

// What colours mean is looked at in these: the codes are in them.
func TestColours(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, name := range theme.Names() {
		m, _ := desk(t, 80, 24, three())
		m.setTheme(theme.Named(name))
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
	m.Update(feed.NewsMsg{Snapshot: &s})
	aPicture(m)
	someHistory(m)
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: logLines(), Restart: true})
	for name, keys := range map[string][]string{"none": nil, "help": {"?"}, "share": {"a"}, "palette": {":"},
		"address": {"A"}} {
		m.dialog = nil
		press(m, keys...)
		sizes(t, m, name, func() { show(m, "Log") })
	}
	m.Update(sharing.SharedMsg{Service: share()})
	sizes(t, m, "addresses", func() { show(m, "Log") })
	m.Update(editing.ComparedMsg{Changes: []api.Change{{
		Service: strings.Repeat("s", 90), Keys: []api.KeyChange{{Key: "k", From: strings.Repeat("f", 90)}},
	}}})
	sizes(t, m, "changes", func() { show(m, "Log") })
	m.dialog = dialogs.NewConfirm(strings.Repeat("Really? ", 30), nil)
	sizes(t, m, "confirm", func() { show(m, "Log") })
	m.dialog = nil
	for tab := range m.tabs {
		sizes(t, m, m.tabs[tab].About().Title, func() { m.front = tab })
		sizes(t, m, "zoomed "+m.tabs[tab].About().Title, func() { m.front, m.zoomed = tab, true })
		m.zoomed = false
	}
	show(m, "Log")
	for _, keys := range [][]string{{"w"}, {"J"}, {"t"}, {"L"}, {"&", "o", "enter"}, {"tab", "/", "e", "enter"}} {
		press(m, keys...)
		sizes(t, m, fmt.Sprint(keys), func() { show(m, "Log") })
	}
	press(m, "/", "x")
	sizes(t, m, "prompt", func() { show(m, "Log") })
	press(m, "esc")
	m.look.Unicode = false
	sizes(t, m, "ascii", func() { show(m, "Graphs") })
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
	m.look.Unicode = false
	m.dialog = dialogs.NewConfirm("Stop?", nil)
	for _, r := range screen(m) {
		if r > 126 && r != '…' {
			t.Errorf("%q is on an ASCII screen", r)
		}
	}
}
