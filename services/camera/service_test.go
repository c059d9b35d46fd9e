package camera

import (
	"context"
	"flag"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/server"
)

func TestServiceServesAndEndsWithItsContext(t *testing.T) {
	port := porttest.Free(t, 1)[0]
	s := &Service{Source: "pattern", FPS: 30, Config: server.Config{Bind: "127.0.0.1", Port: port, Log: io.Discard}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	url := "http://127.0.0.1:" + strconv.Itoa(port)

	var resp *http.Response
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if resp, err = http.Get(url + "/state"); err == nil {
			resp.Body.Close()
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	_, parts := openStream(t, url, http.DefaultClient)
	nextPart(t, parts)
	resp, body := getSnapshot(t, url)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("snapshot: status %d", resp.StatusCode)
	}
	decode(t, body)

	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Serve: %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("an open stream kept the service from ending")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestServiceRefusesWhatCannotBeMeant(t *testing.T) {
	for name, s := range map[string]*Service{
		"source: expected auto, a device such as /dev/video0, pattern, file:PATH, or " +
			"http://HOST/STREAM; got": {Source: "webcam"},
		"quality: expected 1":      {Quality: 101},
		"width: expected 0":        {Width: -1},
		"height: expected 0":       {Height: 1 << 20},
		"fps: expected 0":          {FPS: -5},
		"linger: expected a durat": {Linger: -time.Second},
	} {
		if err := s.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error with %q, got %v", name, err)
		}
	}
}

func TestFlagsHaveDefaultsThatServe(t *testing.T) {
	var s Service
	fs := flag.NewFlagSet("camera", flag.ContinueOnError)
	s.Flags(fs)
	if err := fs.Parse([]string{"--source", "pattern", "--linger", "2s"}); err != nil {
		t.Fatal(err)
	}
	if s.Linger != 2*time.Second || s.Source != "pattern" || s.Quality != 80 {
		t.Errorf("%+v", s)
	}
	if err := s.check(); err != nil {
		t.Error(err)
	}
}

func TestMetricsFollowTheCamera(t *testing.T) {
	h := newTestHub(t, openTestPattern(settings{fps: 50}), 0, false)
	reg := prometheus.NewPedanticRegistry()
	if err := register(reg, h); err != nil {
		t.Fatal(err)
	}
	start(t, h)
	leave := h.join(nil)
	f, err := h.after(t.Context(), func(f *frame) bool { return f.sequence >= 3 })
	if err != nil {
		t.Fatal(err)
	}
	f.release()
	want := "# HELP ammar_camera_capturing 1 while the camera is open.\n# TYPE ammar_camera_capturing " +
		"gauge\nammar_camera_capturing 1\n" +
		"# HELP ammar_camera_clients Streams and waiting snapshots.\n# TYPE ammar_camera_clients " +
		"gauge\nammar_camera_clients 1\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "ammar_camera_capturing",
		"ammar_camera_clients"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(reg); err != nil || n != 17 {
		t.Errorf("%d metrics (%v), want 17", n, err)
	}
	leave()
}
