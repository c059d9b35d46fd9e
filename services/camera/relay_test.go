package camera

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// relayOf is a hub that relays url.
func relayOf(t *testing.T, url string, want settings) *hub {
	t.Helper()
	want.quality = 80
	open, err := newOpener(url, want)
	if err != nil {
		t.Fatal(err)
	}
	h := newTestHub(t, open, time.Minute, false)
	h.spec = shownSource(url)
	return h
}

func TestRelayShowsAnotherServersPicturesToManyWithOneConnection(t *testing.T) {
	upstream := newTestHub(t, openTestPattern(settings{fps: 50}), 0, false)
	camera := serve(t, upstream)
	h := relayOf(t, camera.URL+"/stream.mjpg", settings{})
	srv := serve(t, h)
	last := uint64(0)
	for range 3 {
		_, parts := openStream(t, srv.URL, http.DefaultClient)
		for range 3 {
			p := nextPart(t, parts)
			if n := readBarcode(decode(t, p.data)); n < last {
				t.Fatalf("frame %d after %d", n, last)
			} else {
				last = n
			}
		}
	}
	if s := upstream.snapshot(); s.Clients != 1 {
		t.Errorf("the other server has %d clients", s.Clients)
	}
	if s := h.snapshot(); s.Width != 640 || s.Height != 360 || s.Card != "relay" {
		t.Errorf("%+v", s)
	}
}

func TestRelayReconnectsAndSaysMeanwhileWhatIsWrong(t *testing.T) {
	var broken atomic.Bool
	pattern := newTestHub(t, openTestPattern(settings{fps: 50}), 0, false)
	camera := serve(t, pattern)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		resp, err := http.Get(camera.URL + "/stream.mjpg")
		if err != nil {
			return
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		for !broken.Load() {
			if _, err := io.CopyN(w, resp.Body, 10000); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}))
	t.Cleanup(front.Close)
	h := relayOf(t, strings.Replace(front.URL, "http://", "http://anna:secret@", 1), settings{})
	srv := serve(t, h)
	_, parts := openStream(t, srv.URL, http.DefaultClient)
	if p := nextPart(t, parts); p.fault {
		t.Fatalf("no picture at first: %+v", h.snapshot())
	}
	broken.Store(true)
	eventually(t, h, func(s state) bool { return strings.Contains(s.Error, "502 Bad Gateway") })
	if s := h.snapshot(); strings.Contains(fmt.Sprintf("%+v", s), "secret") || strings.Contains(s.Source, "anna") ||
		!strings.HasPrefix(s.Source, "http://") {
		t.Errorf("/state shows the user or the password, or not the source: %+v", s)
	}
	broken.Store(false)
	eventually(t, h, func(s state) bool { return s.Capturing && s.FPS > 5 })
}

func TestRelayRefusesWhatIsNoStream(t *testing.T) {
	for kind, want := range map[string]string{
		"text/html":                             "expected a stream (multipart/x-mixed-replace), it is text/html",
		"image/jpeg":                            "it is image/jpeg",
		"multipart/x-mixed-replace; boundary=x": "the stream has ended",
	} {
		camera := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte("--x\r\n\r\nno picture"))
		}))
		open, err := newOpener(camera.URL+"/stream", settings{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", kind, err, want)
		}
		camera.Close()
	}
	for _, bad := range []string{"http://", "http://:/", "http://%zz/"} {
		if _, err := newOpener(bad, settings{}); err == nil && bad != "http://:/" {
			t.Errorf("%s was accepted", bad)
		}
	}
}

func TestRelayThatFallsSilentEndsWithItsContext(t *testing.T) {
	release := make(chan struct{})
	camera := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=x")
		_, _ = w.Write(testJPEG(t, 1))
		w.(http.Flusher).Flush()
		<-release
	}))
	defer camera.Close()
	defer close(release)
	open, err := newOpener(camera.URL, settings{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer src.close()
	if _, err := src.grab(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := src.grab(ctx, 2); err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestCompressedPicturesAreTurnedToo(t *testing.T) {
	camera := serve(t, newTestHub(t, openTestPattern(settings{fps: 30, width: 640, height: 480}), 0, false))
	h := relayOf(t, camera.URL+"/stream.mjpg", settings{turn: jpeg.Turn{Rotate: 90}})
	srv := serve(t, h)
	_, body := getSnapshot(t, srv.URL)
	img := decode(t, body)
	if b := img.Bounds(); b.Dx() != 480 || b.Dy() != 640 {
		t.Fatalf("got %v", b)
	}
	// The last of the colour bars is black and the first grey; they now lie from top to bottom.
	grey, _, _, _ := img.At(240, 20).RGBA()
	black, _, _, _ := img.At(240, 620).RGBA()
	if grey>>8 < 150 || black>>8 > 50 {
		t.Errorf("above %d, below %d: it is turned the wrong way", grey>>8, black>>8)
	}
	if s := h.snapshot(); s.Width != 480 || s.Height != 640 {
		t.Errorf("/state says %dx%d", s.Width, s.Height)
	}
}
