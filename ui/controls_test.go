package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func someControls() []api.Control {
	return []api.Control{
		{ID: "brightness", Name: "Brightness", Type: "int", Min: -64, Max: 64, Step: 4, Value: 0},
		{ID: "power_line_frequency", Name: "Power\x1b[2J Line Frequency", Type: "menu", Min: 0, Max: 2, Value: 1, Default: 1,
			Menu: []api.MenuItem{{Value: 0, Name: "Disabled"}, {Value: 1, Name: "50 Hz"}, {Value: 2, Name: "60 Hz"}}},
		{ID: "exposure_auto", Name: "Exposure, Auto", Type: "bool", Max: 1, Value: 1, Default: 1},
		{ID: "exposure_absolute", Name: "Exposure", Type: "int", Max: 1000, Step: 1, Value: 250, Default: 250,
			Inactive: true},
		{ID: "temperature", Name: "Temperature", Type: "int", Max: 100, Value: 40, ReadOnly: true},
	}
}

func TestTheCamerasControlsAreChangedFromTheKeyboard(t *testing.T) {
	m, engine := desk(t, 100, 30, three())
	engine.controls = someControls()
	press(m, "c")
	text := screen(m)
	for _, want := range []string{"Controls of camera", "Brightness", "‹ 50 Hz ›", "Power Line", "on", "has no effect now",
		"read only"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"right"}, "[set map[brightness:4]]"},
		{[]string{"left", "left"}, "[set map[brightness:0] set map[brightness:-4]]"},
		{[]string{"d"}, "[set map[brightness:0]]"},
		{[]string{"down", "right"}, "[set map[power_line_frequency:2]]"},
		{[]string{"right"}, "[set map[power_line_frequency:0]]"},
		{[]string{"down", "space"}, "[set map[exposure_auto:0]]"},
		{[]string{"D"}, "[set map[exposure_auto:1 power_line_frequency:1]]"},
		{[]string{"down", "down", "right", "d"}, "[]"}, // it is read only
	} {
		press(m, c.keys...)
		if got := engine.taken(); got != c.want {
			t.Errorf("%v asked for %s, want %s", c.keys, got, c.want)
		}
	}
	press(m, "esc")
	if m.dialog != nil {
		t.Error("esc does not close it")
	}
}

func TestAKeyHeldDownDoesNotPileUp(t *testing.T) {
	m, engine := desk(t, 100, 30, three())
	engine.controls = someControls()
	press(m, "c")
	_, sent := m.Update(keyMsg("right"))
	for range 10 {
		if _, cmd := m.Update(keyMsg("right")); cmd != nil {
			settle(m, cmd)
		}
	}
	if got := engine.taken(); got != "[]" {
		t.Errorf("before the first is answered, %s", got)
	}
	settle(m, sent)
	if got := engine.taken(); got != "[set map[brightness:4] set map[brightness:44]]" {
		t.Errorf("asked for %s", got)
	}
}

func TestACameraWithoutControlsSaysSo(t *testing.T) {
	m, engine := desk(t, 80, 24, three())
	press(m, "c")
	if text := screen(m); !strings.Contains(text, "this camera has none") {
		t.Errorf("the problem is not told:\n%s", text)
	}
	press(m, "esc")
	engine.controls = []api.Control{}
	press(m, "c")
	if text := screen(m); !strings.Contains(text, "this camera has no controls") {
		t.Errorf("%s", text)
	}
}

func TestBandwidthsAreLimitedAndLinksRevoked(t *testing.T) {
	m, engine := desk(t, 120, 40, controlled(three()))
	engine.transfers = []api.Transfer{{ID: "a", Client: "10.0.0.4", Path: "/film.mkv", Direction: "download", DoneBytes: 1,
		TotalBytes: 2}}
	engine.limits = api.TransferLimits{Share: 2_000_000, Clients: map[string]int64{"10.0.0.4": 500_000}}
	engine.links = []api.Link{
		{ID: "1", Name: "holiday.zip", Downloads: 3, Begun: 1, Expires: clock.Add(time.Hour)},
		{ID: "2", Name: "."},
	}
	press(m, "3")
	text := screen(m)
	for _, want := range []string{"limited to 2M/s together", "limited to 500k/s", "2 links", "fetched 1 of 3",
		"for 1h00m", "does not expire", "holiday.zip"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	press(m, "b", "ctrl+u", "1", "M", "enter")
	press(m, "B", "ctrl+u", "enter")
	if got := engine.taken(); got != "[limit files 1000000 0 limit files 10.0.0.4 0]" {
		t.Errorf("asked for %s", got)
	}
	press(m, "b", "x", "enter")
	if text := screen(m); !strings.Contains(text, "expected bytes per second") {
		t.Errorf("nonsense is taken:\n%s", text)
	}
	press(m, "tab", "j", "j", "K")
	if text := screen(m); !strings.Contains(text, "Revoke the link to the whole folder?") {
		t.Errorf("no question:\n%s", text)
	}
	press(m, "y")
	if got := engine.taken(); got != "[revoke files 2]" {
		t.Errorf("asked for %s", got)
	}
	press(m, "B")
	if text := screen(m); !strings.Contains(text, "no transfer is chosen") {
		t.Errorf("a link is taken for a client:\n%s", text)
	}
}

// controlled is a snapshot whose services answer about themselves.
func controlled(s api.Snapshot) api.Snapshot {
	for i := range s.Services {
		s.Services[i].Control = "/run/x.sock"
	}
	return s
}

func TestAStopShowsHowLongItMayTake(t *testing.T) {
	s := three()
	since, until := clock.Add(-3*time.Second), clock.Add(7*time.Second)
	s.Services[0].State, s.Services[0].Reason = api.Stopping, "stopped by hand"
	s.Services[0].StateSince, s.Services[0].Deadline = &since, &until
	m, _ := desk(t, 120, 40, s)
	if text := screen(m); !strings.Contains(text, "━━━━━─────────── 3s of at most 10s  stopped by hand") {
		t.Errorf("no bar:\n%s", text)
	}
}

func TestAShareIsAskedForWithAllThatItMayHave(t *testing.T) {
	var wished ShareWish
	engine := newFake()
	m := open(t, engine, settings{prepare: func(w ShareWish) (api.ShareRequest, []string, error) {
		wished = w
		return w.Request, []string{"User ada, password abc"}, nil
	}})
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 40})
	press(m, "a", "/", "t", "m", "p", "down", "space", "down", "a", "d", "a", "down", "2", "x", "enter")
	if text := screen(m); !strings.Contains(text, "expected a time such as 30m or 2h, got 2x") {
		t.Errorf("nonsense is taken:\n%s", text)
	}
	press(m, "backspace", "h", "down", "down", "space", "down", "n", "down", "9", "0", "0", "0", "enter")
	want := ShareWish{Request: api.ShareRequest{Path: "/tmp", Name: "n", Port: 9000, Upload: true, ExpireSeconds: 7200},
		User: "ada", TLS: true}
	if fmt.Sprint(wished) != fmt.Sprint(want) || engine.taken() != "[share /tmp]" {
		t.Errorf("wished for %+v, want %+v", wished, want)
	}
	if text := screen(m); !strings.Contains(text, "User ada, password abc") {
		t.Errorf("what the other machine has to know is missing:\n%s", text)
	}
}
