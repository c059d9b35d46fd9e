//go:build linux && amd64

package fakecam_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ammarctl/ammarctl/services/camera"
	"github.com/ammarctl/ammarctl/test/fakecam"
)

const (
	// patience is how long anything may take on a busy machine.
	patience = 40 * time.Second
	// serviceEnv makes the test's own executable the camera service.
	serviceEnv = "AMMAR_FAKECAM_SERVICE"
)

func TestMain(m *testing.M) {
	fakecam.Launcher()
	if os.Getenv(serviceEnv) != "" {
		os.Exit(serve(os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

func serve(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var s camera.Service
	fs := flag.NewFlagSet("camera", flag.ExitOnError)
	s.Flags(fs)
	_ = fs.Parse(args)
	if err := s.Serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// rig is the camera service with a camera that is not there.
type rig struct {
	*testing.T
	url     string
	pid     int
	printed func() string
}

// run starts the service on c, with flags. When the test ends, the service
// must end by itself, with nothing of the camera open.
func run(t *testing.T, c *fakecam.Camera, flags ...string) *rig {
	t.Helper()
	dir := t.TempDir()
	c.Path = filepath.Join(dir, "video0")
	if err := os.WriteFile(c.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if c.FPS == 0 {
		c.FPS = 50
	}
	if c.Card == "" {
		c.Card = "Fake Camera"
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	argv := append([]string{self, "--port", "0", "--source", c.Path, "--linger", "0s", "--warm-up", "0"}, flags...)
	p, err := fakecam.Start(c, argv, []string{serviceEnv + "=1"}, log)
	if errors.Is(err, fakecam.ErrRefused) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{T: t, pid: p.Cmd.Process.Pid, printed: func() string {
		text, err := os.ReadFile(log.Name())
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := p.End(patience); err != nil {
			t.Errorf("the service did not end well: %v", err)
		}
		if c.Held() != 0 {
			t.Errorf("%d descriptors of the camera are open", c.Held())
		}
		if t.Failed() {
			t.Logf("the service:\n%s", r.printed())
		}
	})
	address := regexp.MustCompile(`"msg":"serving".*"addr":"([^"]+)"`)
	r.until("the service says where it serves", func() bool {
		m := address.FindStringSubmatch(r.printed())
		if m != nil {
			r.url = "http://" + m[1]
		}
		return m != nil
	})
	return r
}

func (r *rig) until(what string, ok func() bool) {
	r.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// get returns an answer whole.
func (r *rig) get(path string) (int, http.Header, []byte) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// state is the part of /state that is checked.
type state struct {
	State, Status, Error, Format string
	Width, Height, Clients       int
	Capturing                    bool
	Drops                        struct{ Damaged, Broken, Short int }
}

func (r *rig) state() (s state) {
	r.Helper()
	_, _, body := r.get("/state")
	if err := json.Unmarshal(body, &s); err != nil {
		r.Fatalf("%v: %s", err, body)
	}
	return s
}

// snapshot returns a picture that must come with 200.
func (r *rig) snapshot() []byte {
	r.Helper()
	status, _, body := r.get("/cam.jpg")
	if status != http.StatusOK {
		r.Fatalf("status %d, %+v", status, r.state())
	}
	return body
}

// part is one picture of a stream.
type part struct {
	placeholder bool
	data        []byte
}

// stream returns a function that waits for the next picture that ok accepts.
func (r *rig) stream() (wait func(what string, ok func(part) bool) part) {
	r.Helper()
	ctx, cancel := context.WithCancel(r.Context())
	r.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/stream.mjpg", nil)
	if err != nil {
		r.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { resp.Body.Close() })
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		r.Fatal(err)
	}
	parts := multipart.NewReader(resp.Body, params["boundary"])
	return func(what string, ok func(part) bool) part {
		r.Helper()
		timer := time.AfterFunc(patience, cancel)
		defer timer.Stop()
		for {
			raw, err := parts.NextRawPart()
			if err != nil {
				r.Fatalf("%s: %v", what, err)
			}
			data, err := io.ReadAll(raw)
			if err != nil {
				r.Fatalf("%s: %v", what, err)
			}
			if p := (part{raw.Header.Get("X-Placeholder") != "", data}); ok(p) {
				return p
			}
		}
	}
}

func live(p part) bool { return !p.placeholder }
func dark(p part) bool { return p.placeholder }

// bars are the colours of the test's picture, from left to right.
func bars() [8]color.RGBA {
	return [8]color.RGBA{{190, 190, 190, 255}, {190, 190, 0, 255}, {0, 190, 190, 255}, {0, 190, 0, 255},
		{190, 0, 190, 255}, {190, 0, 0, 255}, {0, 0, 190, 255}, {0, 0, 0, 255}}
}

// checkBars compares a served picture with the bars.
func checkBars(t *testing.T, file []byte, width, height int, grey bool) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("%d bytes do not decode: %v", len(file), err)
	}
	if img.Bounds().Dx() != width || img.Bounds().Dy() != height {
		t.Fatalf("expected %dx%d, got %v", width, height, img.Bounds())
	}
	for i, want := range bars() {
		if grey {
			y := color.GrayModel.Convert(want).(color.Gray).Y
			want = color.RGBA{y, y, y, 255}
		}
		for y := 1; y < height; y += height / 11 {
			x := width*i/8 + width/16
			r, g, b, _ := img.At(x, y).RGBA()
			got := [3]int{int(r >> 8), int(g >> 8), int(b >> 8)}
			for c, v := range [3]int{int(want.R), int(want.G), int(want.B)} {
				if max(got[c]-v, v-got[c]) > 12 {
					t.Fatalf("bar %d at %d,%d: expected %v, got %v", i+1, x, y, want, got)
				}
			}
		}
	}
}

// jpegs makes the numbered pictures of a camera that compresses by itself.
func jpegs(width, height int) func(number uint64) []byte {
	canvas := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			canvas.SetRGBA(x, y, bars()[x*8/width])
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, canvas, nil); err != nil {
		panic(err) // into memory, of a picture that is not empty
	}
	return func(number uint64) []byte {
		out := append(bytes.Clone(file.Bytes()[:2]), 0xFF, 0xFE, 0, 10) // SOI, COM
		out = binary.BigEndian.AppendUint64(out, number)
		return append(out, file.Bytes()[2:]...)
	}
}

// numberOf reads the number of such a picture.
func numberOf(t *testing.T, file []byte) uint64 {
	t.Helper()
	if len(file) < 14 || !strings.HasPrefix(string(file[2:]), "\xFF\xFE\x00\x0A") {
		t.Fatalf("no number in %d bytes", len(file))
	}
	return binary.BigEndian.Uint64(file[6:])
}
