package camera

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/browsertest"
)

// needs skips a test where a program is missing; CI has it.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing; .ci/run installs it", program)
	}
	t.Skipf("needs %s", program)
}

func TestFFmpegReadsTheStream(t *testing.T) {
	needs(t, "ffprobe")
	needs(t, "ffmpeg")
	srv := serve(t, newTestHub(t, openTestPattern(settings{fps: 25, width: 320, height: 240}), time.Minute, false))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-of", "json", "-show_streams",
		srv.URL+"/stream.mjpg").Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	var probed struct {
		Streams []struct {
			Codec  string `json:"codec_name"`
			Width  int
			Height int
		}
	}
	if err := json.Unmarshal(out, &probed); err != nil {
		t.Fatal(err)
	}
	if len(probed.Streams) != 1 || probed.Streams[0].Codec != "mjpeg" || probed.Streams[0].Width != 320 ||
		probed.Streams[0].Height != 240 {
		t.Errorf("ffprobe sees %+v", probed.Streams)
	}
	for _, path := range []string{"/stream.mjpg", "/clip.mjpeg?seconds=1"} {
		complaints, err := exec.CommandContext(ctx, "ffmpeg", "-v", "warning", "-nostdin", "-i", srv.URL+path, "-frames:v",
			"10", "-f", "rawvideo", "-y", os.DevNull).CombinedOutput()
		if err != nil || strings.Contains(string(complaints), "rror") {
			t.Errorf("ffmpeg on %s: %v: %s", path, err, complaints)
		}
	}
}

// typedPanel is a camera with controls of every type, each of which keeps what it
// was set to.
type typedPanel struct {
	mu  sync.Mutex
	all []control
}

func newTypedPanel() *typedPanel {
	light := []menuItem{{0, "Disabled"}, {1, "50 Hz"}, {2, "60 Hz"}, {3, "Auto"}}
	k := &typedPanel{all: []control{
		{Name: "Brightness", Type: "int", Max: 255, Step: 1, Default: 128, Value: 128},
		{Name: "Contrast", Type: "int", Min: -64, Max: 64, Step: 2, Value: 10},
		{Name: "White Balance, Automatic", Type: "bool", Max: 1, Step: 1, Default: 1, Value: 1},
		{Name: "White Balance Temperature", Type: "int", Min: 2800, Max: 6500, Step: 10, Default: 4600, Value: 4600,
			Inactive: true},
		{Name: "Power Line Frequency", Type: "menu", Max: 3, Step: 1, Default: 1, Value: 2, Menu: light},
		{Name: "Exposure Time, Absolute", Type: "int", Min: 3, Max: 204700, Step: 1, Default: 250, Value: 250},
		{Name: "Lens Position", Type: "int", Max: 10, Step: 1, Value: 7, ReadOnly: true},
		{Name: "Do White Balance", Type: "button"},
	}}
	for i := range k.all {
		k.all[i].ID, k.all[i].number = controlID(k.all[i].Name), uint32(i)
	}
	return k
}

func (k *typedPanel) controls() ([]control, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]control(nil), k.all...), nil
}

func (k *typedPanel) set(number uint32, value int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all[number].Value = value
	return nil
}

func (k *typedPanel) close() error { return nil }

// eventually waits until the control with this id has a value.
func (k *typedPanel) eventually(t *testing.T, id string, value int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		all, _ := k.controls()
		for _, c := range all {
			if c.ID == id && c.Value == value {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not become %d: %+v", id, value, all)
		}
	}
}

// cameraPattern is the test frame, said to be a camera's.
type cameraPattern struct{ *pattern }

func (c cameraPattern) describe() description {
	about := c.pattern.describe()
	about.Device, about.Card, about.Format = "/dev/video9", "A camera with a long name (046d:0825)", "YUYV"
	return about
}

func TestBrowserShowsTheStreamAndSetsTheControls(t *testing.T) {
	b := browsertest.Open(t)
	h := newTestHub(t, func(context.Context) (source, error) {
		return cameraPattern{openPattern(settings{fps: 25, quality: 80, width: 640, height: 480}, "")}, nil
	}, time.Minute, false)
	k := newTypedPanel()
	h.panel = func(string) (panel, error) { return k, nil }
	srv := serve(t, h)
	shot := func(name string) {
		if dir := os.Getenv("SCREENSHOTS"); dir != "" {
			b.Screenshot(filepath.Join(dir, name))
		}
	}
	b.Visit(srv.URL, "document.getElementById('live').naturalWidth === 640")
	// The frame says its number in a bar code; a canvas can read it.
	const number = `(() => {
		const live = document.getElementById("live"), c = document.createElement("canvas");
		c.width = live.naturalWidth; c.height = live.naturalHeight;
		const g = c.getContext("2d"); g.drawImage(live, 0, 0);
		let n = 0;
		for (let i = 0; i < 32; i++) n = n * 2 + (g.getImageData(i * %[1]d + %[1]d / 2, %[1]d / 2, 1, 1).data[1] > 127 ? 1 : 0);
		return n;
	})()`
	read := fmt.Sprintf(number, barcodeCell(640))
	first := b.Eval(read)
	b.Eventually("("+read+") > "+first+" + 3", "true")
	b.Eventually("document.getElementById('badge').textContent", "live")

	b.Eventually("document.getElementById('controls').hidden", "false")
	b.Eval("document.getElementById('controls').open = true; scrollTo(0, 1e6)")
	shot("controls.png")
	set := func(id, property, value, event string) {
		b.Eval(fmt.Sprintf("{ const e = document.getElementById('control-%s'); e.%s = %s; e.dispatchEvent(new Event('%s')) }",
			id, property, value, event))
	}
	set("brightness", "value", "200", "input")
	k.eventually(t, "brightness", 200)
	set("power_line_frequency", "value", "3", "change")
	k.eventually(t, "power_line_frequency", 3)
	set("white_balance_automatic", "checked", "false", "change")
	k.eventually(t, "white_balance_automatic", 0)
	set("exposure_time_absolute", "value", "1000", "change")
	k.eventually(t, "exposure_time_absolute", 1000)
	b.Eval("document.getElementById('control-brightness').closest('div').querySelector('button').click()")
	k.eventually(t, "brightness", 128)
	if got := b.Eval("[...document.querySelectorAll('form :is(input, select):disabled')].map(e => " +
		"e.id).join(' ')"); got != "control-white_balance_temperature control-lens_position" {
		t.Errorf("what cannot be set: %q", got)
	}
	b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 1280, "height": 900, "deviceScaleFactor": 1,
		"mobile": false}, nil)
	shot("desk.png")
	set("exposure_time_absolute", "value", "1", "change")
	b.Eventually("document.getElementById('refused').textContent", "exposure_time_absolute: expected 3 to 204700, got 1")
	b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 390, "height": 844, "deviceScaleFactor": 2,
		"mobile": true}, nil)
	if got := b.Eval("document.documentElement.scrollWidth"); got != "390" {
		t.Errorf("on a phone of 390 pixels the page is %s wide", got)
	}
	shot("phone.png")
	b.Eval("scrollTo(0, 0)")
	shot("phone-top.png")
}
