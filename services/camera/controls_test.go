package camera

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakePanel is a camera with a few controls.
type fakePanel struct {
	values map[uint32]int
	closed int
	refuse error
}

func (f *fakePanel) controls() ([]control, error) {
	return []control{
		{ID: "brightness", Type: "int", Max: 255, Step: 5, Default: 100, Value: f.values[1], number: 1},
		{ID: "exposure", Type: "menu", Max: 3, Value: f.values[2], number: 2, Menu: []menuItem{{0, "Auto"}, {3, "Aperture"}}},
		{ID: "temperature", Type: "int", Max: 100, Value: 40, ReadOnly: true, number: 3},
		{ID: "reboot", Type: "button", number: 5},
		{ID: "leds", Type: "bitmask", Max: 0b101, number: 4, Value: f.values[4]},
	}, nil
}

func (f *fakePanel) set(number uint32, value int) error {
	if f.refuse != nil {
		return f.refuse
	}
	f.values[number] = value
	return nil
}

func (f *fakePanel) close() error { f.closed++; return nil }

func TestControlsAreListedAndSetAllOrNothing(t *testing.T) {
	p := &fakePanel{values: map[uint32]int{1: 100}}
	h := newTestHub(t, nil, 0, false)
	h.spec = "/dev/video9"
	handler := controlsHandler{hub: h, open: func(path string) (panel, error) {
		if path != "/dev/video9" {
			t.Errorf("opened %s", path)
		}
		return p, nil
	}}
	post := func(body, kind string) (int, string) {
		r := httptest.NewRequest(http.MethodPost, "/controls", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, tc := range []struct {
		body, kind string
		status     int
		want       string
	}{
		{`{"id": "brightness", "value": 120}`, "application/json", 200, `"value": 120`},
		{`[{"id": "brightness", "value": 120}, {"id": "exposure", "value": 3}]`, "application/json; charset=utf-8", 200,
			`"Aperture"`},
		{`{"id": "leds", "value": 5}`, "application/json", 200, `"leds"`},
		{`{"id": "reboot"}`, "application/json", 200, `"reboot"`},
		{`[]`, "application/json", 200, `"device": "/dev/video9"`},
		{`[{"id": "brightness", "value": 121}, {"id": "exposure", "value": 0}]`, "application/json", 400,
			"brightness: expected 0 to 255 in steps of 5, got 121"},
		{`{"id": "brightness", "value": 300}`, "application/json", 400, "got 300"},
		{`{"id": "brightness"}`, "application/json", 400, "brightness: expected a value for it"},
		{`{"id": "exposure", "value": 1}`, "application/json", 400,
			"exposure: expected one of 0 (Auto), 3 (Aperture), got 1"},
		{`{"id": "temperature", "value": 1}`, "application/json", 400, "temperature: it can only be read"},
		{`{"id": "leds", "value": 2}`, "application/json", 400, "leds: expected bits of 0x5"},
		{`{"id": "colour", "value": 1}`, "application/json", 400, "colour: this camera has no such control"},
		{`{"id": "brightness", "value": "high"}`, "application/json", 400, "expected an object such as"},
		{`{"id": "brightness", "value": 1e99}`, "application/json", 400, "expected an object such as"},
		{`[{"id": "leds", "value": 1}, {"id": "leds", "value": 4}]`, "application/json", 400,
			"leds: expected each control once"},
		{`{"brightness": 1}`, "application/json", 400, "expected the id of a control"},
		{``, "application/json", 400, "expected an object such as"},
		{strings.Repeat(`{"a":`, 30000), "application/json", 400, "expected an object such as"},
		{`brightness=1`, "application/x-www-form-urlencoded", 415, "application/json"},
	} {
		if status, got := post(tc.body, tc.kind); status != tc.status || !strings.Contains(got, tc.want) {
			t.Errorf("POST %.60s: status %d, want %d with %q: %.200s", tc.body, status, tc.status, tc.want, got)
		}
	}
	if p.values[1] != 120 || p.values[2] != 3 {
		t.Errorf("what was refused was set all the same: %v", p.values)
	}
	p.refuse = errors.New("input/output error")
	if status, got := post(`{"id": "brightness", "value": 5}`, "application/json"); status != http.StatusConflict ||
		!strings.Contains(got, "the camera refuses 5: input/output error") {
		t.Errorf("status %d: %s", status, got)
	}
	p.refuse, p.values = nil, map[uint32]int{} // plugged out and in again
	h.about.Device = "/dev/video9"
	h.restore(handler.open)
	if p.values[1] != 120 || p.values[2] != 3 || p.values[4] != 5 {
		t.Errorf("after an unplug, the controls are not as they were set: %v", p.values)
	}
	if p.closed == 0 {
		t.Error("the device stays open")
	}
}

func TestSourceThatIsNoCameraHasNoControls(t *testing.T) {
	h := newTestHub(t, openTestPattern(settings{}), 0, false)
	srv := serve(t, h)
	resp, err := http.Get(srv.URL + "/controls")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	var list controlList
	if err := json.Unmarshal(body, &list); err != nil || list.Device != "" || list.Controls == nil {
		t.Errorf("%v: %s", err, body)
	}
	resp, err = http.Post(srv.URL+"/controls", "application/json", strings.NewReader(`{"id": "brightness", "value": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestControlNamesBecomeIDs(t *testing.T) {
	for name, want := range map[string]string{"Brightness": "brightness",
		"White Balance, Automatic": "white_balance_automatic",
		"Exposure Time, Absolute ": "exposure_time_absolute", "  S_64": "s_64", "…": ""} {
		if got := controlID(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestDarkPicturesAreLeftOutWhenACameraWakes(t *testing.T) {
	src := &fakeSource{period: time.Millisecond}
	h := newTestHub(t, nil, 0, true)
	h.want.warmUp = 5
	watchdog := time.NewTimer(time.Minute)
	defer watchdog.Stop()
	if err := h.warmUp(t.Context(), device{src}, watchdog, time.Minute); err != nil || src.grabs != 5 ||
		h.snapshot().Drops.Dark != 5 {
		t.Errorf("%d pictures left out, %v", src.grabs, err)
	}
	if err := h.warmUp(t.Context(), src, watchdog, time.Minute); err != nil || src.grabs != 5 {
		t.Error("a source that is no camera was warmed up")
	}
	h.log = slog.New(slog.DiscardHandler)
}

// device is a source that looks like a camera.
type device struct{ *fakeSource }

func (device) describe() description { return description{Device: "/dev/video9", Warms: true} }

func TestDropsHaveAReasonEach(t *testing.T) {
	var reasons []string
	for reason := range (drops{}).byReason() {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	if got := strings.Join(reasons, " "); got != "broken damaged dark fps overtaken same short slow" {
		t.Errorf("got %s", got)
	}
}
