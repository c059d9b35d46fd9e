package camera

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTimelapseKeepsWithinItsLimitAndLeavesOtherFilesAlone(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"holiday.jpg": 5000, "2020-01-01T00-00-00.000Z.jpg": 900,
		"2020-01-02T00-00-00.000Z.jpg":      900,
		"2020-01-03T00-00-00.000Z.jpg.part": 900} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := newTestHub(t, noisySource(200, 1000), time.Minute, false)
	start(t, h)
	tl := &timelapse{hub: h, dir: dir, limit: 3500, log: slog.New(slog.DiscardHandler)}
	for range 6 {
		if err := tl.shoot(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names, " "); len(names) != 4 || !strings.Contains(got, "holiday.jpg") ||
		strings.Contains(got, "2020") {
		t.Errorf("expected the newest three beside the other file, got %s", got)
	}
	tl.limit = 500
	if err := tl.shoot(t.Context()); err == nil || !strings.Contains(err.Error(), "over the limit") {
		t.Errorf("a picture larger than the limit: %v", err)
	}
}

func TestTimelapseStoresNoPlaceholderAndGoesOn(t *testing.T) {
	h := newTestHub(t, func(context.Context) (source, error) { return nil, os.ErrNotExist }, 0, false)
	start(t, h)
	dir := filepath.Join(t.TempDir(), "made when needed")
	tl := &timelapse{hub: h, dir: dir, log: slog.New(slog.DiscardHandler)}
	if err := tl.shoot(t.Context()); err == nil || !strings.Contains(err.Error(), "not exist") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made for nothing")
	}
}

func TestClipIsAFileOfTheNextSeconds(t *testing.T) {
	h := newTestHub(t, openTestPattern(settings{fps: 50}), 0, false)
	srv := serve(t, h)
	began := time.Now()
	resp, err := http.Get(srv.URL + "/clip.mjpeg?seconds=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if took := time.Since(began); err != nil || took > 30*time.Second || took < time.Second {
		t.Errorf("a second took %v (%v)", took, err)
	}
	if resp.Header.Get("Content-Type") != "video/x-motion-jpeg" ||
		!strings.Contains(resp.Header.Get("Content-Disposition"), ".mjpeg") {
		t.Errorf("headers %v", resp.Header)
	}
	split, last, n := newSplitter(bytes.NewReader(body)), uint64(0), 0
	for ; ; n++ {
		data, err := split.next()
		if err != nil {
			break
		}
		if number := readBarcode(decode(t, data)); number <= last {
			t.Errorf("frame %d after %d", number, last)
		} else {
			last = number
		}
	}
	if n < 2 || n > 52 { // a machine that has much to do is late with many
		t.Errorf("%d pictures in a second at 50/s", n)
	}
	for _, bad := range []string{"0", "-1", "1e9", "x"} {
		resp, err := http.Get(srv.URL + "/clip.mjpeg?seconds=" + bad)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("seconds=%s: status %d", bad, resp.StatusCode)
		}
	}
}
