package camera

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func getSnapshot(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.Get(url + "/cam.jpg")
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp, body
}

func TestSnapshotIsCapturedAfterItsRequestAndSharedByAllWhoWait(t *testing.T) {
	srv := serve(t, newTestHub(t, noisySource(25, 1000), time.Minute, false))
	const rounds = 5
	for _, pollers := range []int{1, 16} {
		var all sync.WaitGroup
		var mu sync.Mutex
		frames := map[string]int{}
		for range pollers {
			all.Go(func() {
				for range rounds {
					asked := time.Now()
					resp, body := getSnapshot(t, srv.URL)
					if resp == nil {
						return
					}
					captured, err := time.Parse(time.RFC3339Nano, resp.Header.Get("X-Capture-Time"))
					if err != nil || !captured.After(asked) {
						t.Errorf("%d pollers: asked at %v, captured at %v (%v)", pollers, asked, captured, err)
					}
					if resp.StatusCode != http.StatusOK || resp.Header.Get("Cache-Control") != "no-store" || len(body) != 1000 {
						t.Errorf("status %d, %d bytes, headers %v", resp.StatusCode, len(body), resp.Header)
					}
					mu.Lock()
					frames[resp.Header.Get("X-Sequence")]++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if most := rounds * pollers / 2; len(frames) > max(most, rounds) {
			t.Errorf("%d pollers took %d frames for %d rounds: they do not share", pollers, len(frames), rounds)
		}
	}
}

func TestSnapshotShowsTheFrameThatItsHeaderNames(t *testing.T) {
	srv := serve(t, newTestHub(t, openTestPattern(settings{fps: 50}), time.Minute, false))
	for range 3 {
		resp, body := getSnapshot(t, srv.URL)
		img := decode(t, body)
		if got, want := readBarcode(img), resp.Header.Get("X-Sequence"); got == 0 || want != strconv.FormatUint(got, 10) {
			t.Fatalf("the picture says frame %d, the header %q", got, want)
		}
	}
}

func TestStreamShowsDifferentFramesThatDecode(t *testing.T) {
	srv := serve(t, newTestHub(t, openTestPattern(settings{fps: 50}), 0, false))
	_, parts := openStream(t, srv.URL, http.DefaultClient)
	last := uint64(0)
	for range 4 {
		p := nextPart(t, parts)
		if p.sequence <= last {
			t.Fatalf("frame %d after %d", p.sequence, last)
		}
		if got := readBarcode(decode(t, p.data)); got != p.sequence {
			t.Fatalf("the picture says frame %d, the header %d", got, p.sequence)
		}
		last = p.sequence
	}
}

func TestStreamWorksWhereTheConnectionIsShared(t *testing.T) {
	h := newTestHub(t, openTestPattern(settings{fps: 50}), 0, false)
	srv := serveAs(t, h, func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() })
	client := srv.Client()
	defer client.CloseIdleConnections()
	resp, parts := openStream(t, srv.URL, client)
	if resp.ProtoMajor != 2 {
		t.Fatalf("the test speaks %s", resp.Proto)
	}
	one, two := nextPart(t, parts), nextPart(t, parts)
	if got := readBarcode(decode(t, two.data)); two.sequence <= one.sequence || got != two.sequence {
		t.Errorf("frame %d after %d, the picture says %d", two.sequence, one.sequence, got)
	}
	resp.Body.Close()
	eventually(t, h, func(s state) bool { return s.Clients == 0 && !s.Capturing })
}

// eventually waits for a state of h.
func eventually(t *testing.T, h *hub, ok func(state) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(h.snapshot()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 30 s still: %+v", h.snapshot())
		}
	}
}

// TestSlowClientGetsFreshFramesAndDelaysNobody lets a client read nothing for
// a while: of the frames that came meanwhile, it must then get those two or
// three that its socket and ours hold, and next to them the newest.
func TestSlowClientGetsFreshFramesAndDelaysNobody(t *testing.T) {
	const size = 150 << 10
	h := newTestHub(t, noisySource(50, size), 0, false)
	srv := serve(t, h)
	slow := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		ReadBufferSize:    4 << 10,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if tcp, ok := conn.(*net.TCPConn); ok {
				err = errors.Join(err, tcp.SetReadBuffer(32<<10))
			}
			return conn, err
		},
	}}
	_, slowParts := openStream(t, srv.URL, slow)
	nextPart(t, slowParts)
	_, fastParts := openStream(t, srv.URL, http.DefaultClient)
	for range 50 {
		nextPart(t, fastParts)
	}
	eventually(t, h, func(s state) bool { return s.Drops.Slow >= 30 })
	resumed, old := time.Now(), 0
	for p := nextPart(t, slowParts); p.captured.Before(resumed); p = nextPart(t, slowParts) {
		old++
	}
	if old > 3 {
		t.Errorf("%d pictures were kept for a client that did not read", old)
	}
}

func TestBrokenSourceIsSaidInAPictureAndIn503(t *testing.T) {
	open := func(context.Context) (source, error) {
		return nil, errors.New("cannot open the camera /dev/video0: device or resource busy (held by cheese, pid 12)")
	}
	h := newTestHub(t, open, 0, false)
	srv := serve(t, h)
	resp, body := getSnapshot(t, srv.URL)
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Content-Type") != "image/jpeg" ||
		resp.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, headers %v", resp.StatusCode, resp.Header)
	}
	decode(t, body)

	_, parts := openStream(t, srv.URL, http.DefaultClient)
	if p := nextPart(t, parts); !p.fault {
		t.Error("the stream's part is not marked as a placeholder")
	} else {
		decode(t, p.data)
	}
	if s := getState(t, srv.URL); s.State != "faulty" || !strings.Contains(s.Error, "held by cheese, pid 12") ||
		!strings.Contains(s.Status, "cheese") {
		t.Errorf("/state: %+v", s)
	}
}

func getState(t *testing.T, url string) state {
	t.Helper()
	resp, err := http.Get(url + "/state")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var s state
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLookingAtStateOrThePageLeavesTheCameraClosed(t *testing.T) {
	var opened atomic.Bool
	open := func(context.Context) (source, error) { opened.Store(true); return nil, errors.New("no") }
	srv := serve(t, newTestHub(t, open, 0, false))
	for _, path := range []string{"/", "/state"} {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s: status %d", path, resp.StatusCode)
		}
	}
	resp, err := http.Head(srv.URL + "/stream.mjpg")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if s := getState(t, srv.URL); opened.Load() || s.State != "idle" || s.Capturing {
		t.Errorf("the camera was opened; /state: %+v", s)
	}
}

func TestPageAllowsItsOwnScriptAndNothingElse(t *testing.T) {
	srv := serve(t, newTestHub(t, openTestPattern(settings{}), 0, false))
	resp, err := http.Get(srv.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'sha256-", "style-src 'sha256-", "img-src 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %q: %s", want, policy)
		}
	}
	for _, bad := range []string{"unsafe-inline", " onclick", " style=", "/*css*/", "/*js*/", "https://"} {
		if strings.Contains(policy+string(body), bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

func TestClientThatLeavesReleasesTheCamera(t *testing.T) {
	h := newTestHub(t, openTestPattern(settings{fps: 50}), 50*time.Millisecond, false)
	srv := serve(t, h)
	resp, parts := openStream(t, srv.URL, http.DefaultClient)
	nextPart(t, parts)
	if s := h.snapshot(); !s.Capturing || s.Clients != 1 {
		t.Fatalf("while streaming: %+v", s)
	}
	resp.Body.Close()
	eventually(t, h, func(s state) bool { return s.Clients == 0 && !s.Capturing })
}
