package camera

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image/color"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPatternKeepsItsRateAndShowsItsNumber(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {320, 180}, {1280, 720}, {10, 10}} {
		synctest.Test(t, func(t *testing.T) {
			p := openPattern(settings{width: size[0], height: size[1], fps: 20, quality: 80}, "no camera is connected")
			defer p.close()
			began := time.Now()
			for _, number := range []uint64{1, 0xDEADBEEF, 2} {
				captured, err := p.grab(t.Context(), number)
				if err != nil || !captured.Equal(time.Now()) {
					t.Fatalf("captured %v at %v: %v", captured, time.Now(), err)
				}
				data, err := p.frame()
				if err != nil {
					t.Fatal(err)
				}
				img := decode(t, bytes.Join(data, nil))
				if got := readBarcode(img); got != number {
					t.Errorf("%v: the picture says %d, want %d", size, got, number)
				}
				if img.Bounds().Dx() != p.describe().Width || img.Bounds().Dy() != p.describe().Height {
					t.Errorf("%v: the picture is %v, described as %v", size, img.Bounds(), p.describe())
				}
			}
			if took := time.Since(began); took != 100*time.Millisecond {
				t.Errorf("three frames at 20/s took %v", took)
			}
		})
	}
}

func TestPatternEndsWithItsContext(t *testing.T) {
	p := openPattern(settings{quality: 80, fps: 1}, "")
	defer p.close()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := p.grab(ctx, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.grab(ctx, 2); err == nil {
		t.Error("grab returned a frame after its context had ended")
	}
}

func TestRecordingPlaysInALoop(t *testing.T) {
	a, b := testJPEG(t, 1), testJPEG(t, 9)
	path := filepath.Join(t.TempDir(), "clip.mjpeg")
	if err := os.WriteFile(path, append(append(append([]byte("garbage"), a...), a[:50]...), b...), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		src, err := openFile(path, settings{fps: 10})
		if err != nil {
			t.Fatal(err)
		}
		defer src.close()
		if d := src.describe(); d.Width != 17 || d.Height != 16 {
			t.Errorf("described as %v", d)
		}
		began := time.Now()
		for i, want := range [][]byte{a, b, a, b, a} {
			if _, err := src.grab(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			time.Sleep(30 * time.Millisecond) // what is done with it takes nothing from the rate
			if got, err := src.frame(); err != nil || !bytes.Equal(bytes.Join(got, nil), want) {
				t.Errorf("picture %d is another one (%v)", i, err)
			}
		}
		if took := time.Since(began); took != 430*time.Millisecond {
			t.Errorf("five pictures at 10/s took %v", took)
		}
	})
}

func TestFileWithoutPicturesIsRefusedWithItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openFile(path, settings{}); err == nil ||
		!strings.Contains(err.Error(), "notes.txt contains no JPEG picture") {
		t.Errorf("got %v", err)
	}
	if _, err := openFile(path+".missing", settings{}); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}

var update = flag.Bool("update", false, "write the table of sources in docs/camera.md")

// The table in docs/camera.md is written from sourceTypes.
func TestTheDocumentedSourcesAreTheRegisteredOnes(t *testing.T) {
	text, err := os.ReadFile("../../docs/camera.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), "| `source` | |\n")
	_, after, ended := strings.Cut(rest, "\n\n")
	if !found || !ended {
		t.Fatal("docs/camera.md has no table of sources")
	}
	want := before + sourceTable() + "\n" + after
	if *update {
		if err := os.WriteFile("../../docs/camera.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("docs/camera.md is stale; write it with: go test ./services/camera -run Sources -update")
	}
}

func TestSourceSpecs(t *testing.T) {
	for spec, ok := range map[string]bool{
		"": true, "auto": true, "pattern": true, "file:x": true, "/dev/video0": true,
		"http://x/": true, "https://anna:secret@x:1/stream": true,
		"file:": false, "video0": false, "http://": false, "ftp://x/": false,
	} {
		if _, err := newOpener(spec, settings{}); (err == nil) != ok {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

func TestAutoWithoutACameraShowsThePatternAndSaysWhy(t *testing.T) {
	open, err := newOpener("auto", settings{quality: 80})
	if err != nil {
		t.Fatal(err)
	}
	src, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer src.close()
	if d := src.describe(); d.Device == "pattern" && !strings.HasPrefix(d.Note, "no camera") {
		t.Errorf("the note is %q", d.Note)
	}
}

func TestPatternInTheCamerasPlaceGivesWayToACamera(t *testing.T) {
	for name, tc := range map[string]struct {
		refused bool
		appears time.Duration // 0: nothing does
		stays   time.Duration // how long the pattern is shown; 0: for good
	}{
		"no camera ever":         {false, 0, 0},
		"one is plugged in":      {false, 3 * time.Second, 4 * time.Second},
		"one was busy":           {true, 0, 11 * time.Second},
		"a second is plugged in": {true, time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				nodes := func() []string {
					if tc.appears > 0 && time.Since(began) >= tc.appears {
						return []string{"/dev/video0", "/dev/video1"}
					}
					return []string{"/dev/video0"}
				}
				s := newStandIn(openPattern(settings{quality: 80, fps: 10}, ""), nodes, tc.refused)
				defer s.close()
				for time.Since(began) < time.Minute {
					if _, err := s.grab(t.Context(), 1); err != nil {
						if !errors.Is(err, errReopen) || tc.stays == 0 || time.Since(began) > tc.stays {
							t.Errorf("after %v: %v", time.Since(began), err)
						}
						return
					}
				}
				if tc.stays != 0 {
					t.Error("it never gave way")
				}
			})
		})
	}
}

func TestMissingCameraIsSaidByItsPath(t *testing.T) {
	open, err := newOpener("/dev/video-that-is-not-there", settings{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t.Context())
	if err == nil {
		t.Fatal("opened")
	}
	if text := err.Error(); !strings.Contains(text, "/dev/video-that-is-not-there") {
		t.Errorf("got %q on %s", text, runtime.GOOS)
	}
}

func TestPlaceholderOfAnySizeDecodes(t *testing.T) {
	long := strings.Repeat("a reason that does not fit ", 50) + strings.Repeat("x", 300)
	for _, size := range [][2]int{{0, 0}, {1, 1}, {320, 180}, {1280, 720}, {3840, 2160}, {0, 600}, {600, 0}, {641, 361}} {
		img := decode(t, placeholder(size[0], size[1], "No picture", long))
		bright := false
		for x := range img.Bounds().Dx() {
			bright = bright || color.GrayModel.Convert(img.At(x, img.Bounds().Dy()/2)).(color.Gray).Y > 120
		}
		if !bright {
			t.Errorf("%v: there is no text in the middle", size)
		}
	}
}

func TestWrapKeepsEveryWord(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  string
	}{
		{"", 5, ""},
		{"one two three", 7, "one two|three"},
		{"one two three", 3, "one|two|thr|ee"},
		{"  spaced   out ", 20, "spaced out"},
		{"incomprehensible", 6, "incomp|rehens|ible"},
	} {
		if got := strings.Join(wrap(tc.in, tc.width), "|"); got != tc.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", tc.in, tc.width, got, tc.want)
		}
	}
}
