package ui

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

var update = flag.Bool("update", false, "write the golden screens and docs/keys.md anew")

// golden compares text with a file, which -update writes; what changed there
// is to be looked at as one looks at a screen.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
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
		"at-work":   func(*model) {},
		"backoff":   func(m *model) { press(m, "j", "j") },
		"stop":      func(m *model) { press(m, "j", "s") },
		"help":      func(m *model) { press(m, "?") },
		"share":     func(m *model) { press(m, "a") },
		"search":    func(m *model) { press(m, "tab", "/", "n", "o", "enter") },
		"stop-all":  func(m *model) { press(m, "Q") },
		"lost":      func(m *model) { m.Update(newsMsg{lost: true}); m.now = clock },
		"zoomed":    func(m *model) { press(m, "enter") },
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
	dialogs := map[string]dialog{
		"none": nil, "help": helpDialog{}, "share": newShareDialog(), "addresses": addressDialog{share()},
		"confirm": confirmDialog{question: strings.Repeat("Really? ", 30)},
	}
	for name, d := range dialogs {
		for _, zoomed := range []bool{false, true} {
			m.dialog, m.zoomed = d, zoomed
			for width := 0; width <= 200; width += 1 + width/6 {
				for height := 0; height <= 60; height += 1 + height/12 {
					m.width, m.height = width, height
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
	}
}

func TestASmallScreenShowsEveryServicesNameAndState(t *testing.T) {
	m, _ := desk(t, 40, 12, three())
	text := screen(m)
	for _, want := range []string{"files", "camera", "hello", "● ready", "◐ backoff"} {
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
