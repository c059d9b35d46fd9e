package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// paper is an app that prints into a file, and what it printed.
func paper(t *testing.T, vars map[string]string) (*app, func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	a := newApp(terminal{in: f, out: f, err: f, getenv: func(name string) string { return vars[name] }})
	return a, func() string {
		t.Helper()
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func someServices() []api.Service {
	next := now.Add(1500 * time.Millisecond)
	return []api.Service{
		{Name: "files", State: api.Ready, PID: 7, Addr: "127.0.0.1:8080", UptimeSeconds: 3725, RequestsPerSecond: 12.34,
			Pool: &api.Pool{Size: 64, Busy: 64, Queued: 5}, CPUPercent: 101.5, RSSBytes: 12 << 20},
		{Name: "camera", State: api.Ready, PID: 8, Addr: "127.0.0.1:8081", UptimeSeconds: 5, Restarts: 1,
			Camera: &api.Camera{FPS: 29.97, Capturing: true}, LastExit: &api.Exit{Text: "signal: killed",
				Time: now.Add(-time.Minute)}},
		{Name: "web", State: api.Backoff, Restarts: 2, Reason: "exit status 3; restart 2", NextStart: &next},
		{Name: "bad", State: api.Failed, Reason: "gave up", LastExit: &api.Exit{Lines: []string{"1", "2", "3",
			"\x1b[2Jfour"}}},
	}
}

func TestTheTableOfServices(t *testing.T) {
	a, printed := paper(t, map[string]string{"LANG": "en_GB.UTF-8"})
	a.printTableIn(someServices(), now, 0)
	want := `
NAME    STATE      ADDRESS         UPTIME  RESTARTS  REQ/S     POOL   FPS     CPU       MEM
files   ● ready    127.0.0.1:8080   1h02m         0   12.3  64/64+5     -  101.5%  12.0 MiB
camera  ● ready    127.0.0.1:8081      5s         1      -        -  30.0    0.0%         -
  last exit 1m00s ago: signal: killed
web     ↻ backoff  -                    -         2      -        -     -       -         -
  exit status 3; restart 2, next in 1.5s
bad     ✖ failed   -                    -         0      -        -     -       -         -
  gave up
  | 2
  | 3
  | \x1b[2Jfour
`
	if got := printed(); got != want[1:] {
		t.Errorf("got\n%s\nwant%s", got, want)
	}
}

func TestTheTableFitsItsTerminal(t *testing.T) {
	for _, width := range []int{20, 30, 40, 60, 79, 80, 100, 200} {
		a, printed := paper(t, map[string]string{"LANG": "en_GB.UTF-8"})
		a.printTableIn(someServices(), now, width)
		text := printed()
		for line := range strings.Lines(text) {
			if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("%d columns for %d: %s", w, width, line)
			}
		}
		for _, must := range []string{"NAME", "STATE", "failed"} {
			if !strings.Contains(text, must) {
				t.Errorf("width %d has no %s", width, must)
			}
		}
		if width >= 40 != strings.Contains(text, "127.0.0.1:8080") {
			t.Errorf("at width %d the table is\n%s", width, text)
		}
	}
}

func TestPlainIsASCII(t *testing.T) {
	for name, prepare := range map[string]func(*app){
		"--plain":         func(a *app) { a.plain = true },
		"a locale of old": func(a *app) { a.getenv = func(string) string { return "C" } },
		"no locale":       func(a *app) { a.getenv = func(string) string { return "" } },
	} {
		a, printed := paper(t, map[string]string{"LANG": "en_GB.UTF-8"})
		prepare(a)
		a.printTableIn(someServices(), now, 30)
		if err := a.printQR("http://127.0.0.1/"); err != nil {
			t.Fatal(err)
		}
		for _, r := range printed() {
			if r > 0x7e || r < 0x20 && r != '\n' {
				t.Errorf("%s: %q is printed", name, r)
			}
		}
	}
}
