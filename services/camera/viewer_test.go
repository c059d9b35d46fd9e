package camera

import (
	"bytes"
	"context"
	"hash/maphash"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// partRecorder is a client's connection that takes everything, slowly.
type partRecorder struct {
	mu    sync.Mutex
	got   bytes.Buffer
	delay time.Duration
}

func (r *partRecorder) send(part []byte) error {
	time.Sleep(r.delay)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got.Write(part)
	return nil
}
func (r *partRecorder) expire() {}
func (r *partRecorder) close()  {}

func testView(seed maphash.Seed, sequence uint64, captured time.Time, file string) *frameView {
	half := len(file) / 2
	return &frameView{pieces: [][]byte{[]byte(file[:half]), []byte(file[half:])}, size: len(file), sequence: sequence,
		captured: captured, seed: seed}
}

// told is what v says about itself.
func told(v *viewer) client {
	c, _ := v.client(time.Now())
	return c
}

func TestWhatTheSocketDoesNotTakeIsCopiedAndTheDriversBufferLetGo(t *testing.T) {
	for _, takes := range []int{0, 1, 70, 150, 1 << 20} {
		synctest.Test(t, func(t *testing.T) {
			out := &partRecorder{delay: 100 * time.Millisecond}
			v := newViewer("client")
			v.direct = func(pieces [][]byte, size int) (int, bool) {
				taken := bytes.Join(pieces, nil)
				taken = taken[:min(takes, len(taken))]
				out.got.Write(taken)
				return len(taken), true
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { defer close(done); v.serve(ctx, out) }()
			p := testView(maphash.MakeSeed(), 7, time.Now(), "first half, second half")
			began := time.Now()
			v.offer(p)
			if time.Since(began) != 0 {
				t.Error("the capturing goroutine waited for a client")
			}
			for _, piece := range p.pieces {
				clear(piece) // the driver fills its buffer anew
			}
			time.Sleep(time.Second)
			cancel()
			<-done
			if got := out.got.String(); strings.Count(got, "first half, second half") != 1 || !strings.HasSuffix(got, partEnd) {
				t.Errorf("a socket that takes %d bytes got %q", takes, got)
			}
		})
	}
}

func TestBusyClientIsPassedByAndGetsTheNewestAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &partRecorder{delay: 950 * time.Millisecond}
		v := newViewer("client")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); v.serve(ctx, out) }()
		for i := range uint64(25) {
			v.offer(testView(maphash.MakeSeed(), i, time.Now(), "picture"))
			time.Sleep(100 * time.Millisecond)
		}
		cancel()
		<-done
		c := told(v)
		if c.Frames != 3 || c.Slow != 22 {
			t.Errorf("a client that takes nearly a second for each picture: %+v", c)
		}
		if got := out.got.String(); !strings.Contains(got, "X-Sequence: 10\r\n") ||
			strings.Contains(got, "X-Sequence: 5\r\n") {
			t.Errorf("it got %q", got)
		}
	})
}

func TestClientGetsTheRateThatItAsksFor(t *testing.T) {
	for _, tc := range []struct{ camera, asks, least, most int }{
		{30, 30, 299, 300}, {30, 1000, 299, 300}, {30, 15, 148, 152}, {30, 20, 195, 203}, {30, 10, 99, 102}, {25, 1, 10, 11},
		{60, 7, 69, 72},
	} {
		synctest.Test(t, func(t *testing.T) {
			v := newViewer("client")
			v.direct = func(_ [][]byte, size int) (int, bool) { return size, true }
			v.period = time.Second / time.Duration(tc.asks)
			for i := range uint64(10 * tc.camera) {
				v.offer(testView(maphash.MakeSeed(), i, time.Now(), "picture"))
				time.Sleep(time.Second/time.Duration(tc.camera) + time.Duration(i%3)*time.Millisecond - time.Millisecond)
			}
			if c := told(v); int(c.Frames) < tc.least || int(c.Frames) > tc.most {
				t.Errorf("asked for %d of %d per second, got %d in 10 s", tc.asks, tc.camera, c.Frames)
			}
		})
	}
}

func TestStreamThatIsMerelyRareGoesOnAndAStuckOneEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		takes bool
		lasts bool
	}{"takes one picture a minute": {true, true}, "takes nothing": {false, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newViewer("client")
				behind := true // at first
				v.direct = func(_ [][]byte, size int) (int, bool) { return size, tc.takes && !behind }
				v.period = time.Minute
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { defer close(ended); v.serve(ctx, &partRecorder{}) }()
				for i := range uint64(3000) {
					v.offer(testView(maphash.MakeSeed(), i, time.Now(), "picture"))
					behind = i < 5
					time.Sleep(100 * time.Millisecond)
				}
				select {
				case <-ended:
					if tc.lasts {
						t.Error("a stream that goes on was ended")
					}
				default:
					if !tc.lasts {
						t.Error("a client that takes nothing keeps its stream")
					}
				}
				cancel()
				<-ended
			})
		})
	}
}

func TestPicturesThatNobodyTakesAreNotCompressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{period: 40 * time.Millisecond}
		h := newTestHub(t, func(context.Context) (source, error) { return f, nil }, 0, false)
		start(t, h)
		v := newViewer("client")
		v.direct = func(_ [][]byte, size int) (int, bool) { return size, true }
		v.period = time.Second
		defer h.join(v)()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if n := f.encoded.Load(); n < 18 || n > 22 {
			t.Errorf("%d pictures were compressed in 20 s for a client that takes one a second", n)
		}
		if s := h.snapshot(); s.FPS < 24 || s.Drops.FPS < 450 {
			t.Errorf("captured %.1f/s, %d left out", s.FPS, s.Drops.FPS)
		}
	})
}

func TestStreamInAQualityOfItsOwn(t *testing.T) {
	h := newTestHub(t, openTestPattern(settings{fps: 25, width: 640, height: 480}), 0, false)
	srv := serve(t, h)
	whole, parts := openStream(t, srv.URL, http.DefaultClient)
	size := len(nextPart(t, parts).data)
	whole.Body.Close()
	resp, err := http.Get(srv.URL + "/stream.mjpg?quality=5&fps=10")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	parts = multipart.NewReader(resp.Body, boundary)
	last := uint64(0)
	for range 5 {
		p := nextPart(t, parts)
		if got := readBarcode(decode(t, p.data)); got != p.sequence || got <= last || len(p.data) > size*2/3 {
			t.Errorf("frame %d after %d, the picture says %d; %d bytes instead of %d", p.sequence, last, got, len(p.data), size)
		}
		last = p.sequence
	}
	eventually(t, h, func(s state) bool { return s.Clients == 1 })
	if s := h.snapshot(); len(s.Viewers) != 1 || s.Viewers[0].Frames < 4 {
		t.Errorf("/state: %+v", s.Viewers)
	}
	resp.Body.Close()
	eventually(t, h, func(s state) bool { return s.Clients == 0 && !s.Capturing })
}

func TestUnchangedPicturesAreLeftOutWhenAskedButForOneASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newViewer("client")
		v.direct = func(_ [][]byte, size int) (int, bool) { return size, true }
		v.changesOnly = true
		seed := maphash.MakeSeed()
		send := func(file string, n int) uint64 {
			before := told(v).Frames
			for range n {
				v.offer(testView(seed, 0, time.Now(), file))
				time.Sleep(100 * time.Millisecond)
			}
			return told(v).Frames - before
		}
		if n := send("still", 30); n != 3 {
			t.Errorf("%d pictures in three still seconds", n)
		}
		if n := send("moved", 1) + send("again", 1) + send("again", 1); n != 2 {
			t.Errorf("%d pictures for two changes", n)
		}
	})
}

func TestFastClientsArePicturedWithoutACopy(t *testing.T) {
	const size = 200 << 10
	h := newTestHub(t, noisySource(20, size), 0, false)
	srv := serve(t, h)
	var conns []*http.Response
	for range 3 {
		resp, parts := openStream(t, srv.URL, http.DefaultClient)
		conns = append(conns, resp)
		go io.Copy(io.Discard, resp.Body)
		_ = parts
	}
	eventually(t, h, func(s state) bool { return s.Clients == 3 && s.Frames > 20 })
	for _, c := range h.snapshot().Viewers {
		// A machine that has much to do may be late with a few.
		if c.Frames < 5 || c.CopiedBytes > c.Bytes/2 || c.Bytes < c.Frames*size {
			t.Errorf("expected writes from where the picture is: %+v", c)
		}
	}
	for _, resp := range conns {
		resp.Body.Close()
	}
	eventually(t, h, func(s state) bool { return s.Clients == 0 && s.SentFrames >= 15 })
}

func TestDirectWriterIsOfTheSocketBeneathButNotOfTLS(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if directWriter(a) != nil {
		t.Error("a pipe in memory has no socket")
	}
}

func TestAbsurdQueriesAreAnsweredWithWhatWasExpected(t *testing.T) {
	srv := serve(t, newTestHub(t, openTestPattern(settings{fps: 50}), 0, false))
	for path, want := range map[string]string{
		"/stream.mjpg?fps=0":                            "fps: expected 0.01 to 1000",
		"/stream.mjpg?fps=NaN":                          "fps: expected",
		"/stream.mjpg?fps=-1":                           "fps: expected",
		"/stream.mjpg?fps=1e999":                        "fps: expected",
		"/stream.mjpg?fps=1&fps=2":                      "fps: expected once, got 2 times",
		"/stream.mjpg?changes=perhaps":                  "changes: expected 1 or 0",
		"/stream.mjpg?%zz":                              "the query cannot be read",
		"/stream.mjpg?quality=0":                        "quality: expected a whole number from 1 to 100",
		"/cam.jpg?max_age=-1":                           "max_age: expected",
		"/cam.jpg?max_age=yesterday":                    "max_age: expected",
		"/cam.jpg?max_age=99999999999999":               "max_age: expected",
		"/cam.jpg?quality=0":                            "quality: expected a whole number from 1 to 100",
		"/cam.jpg?quality=101":                          "quality: expected",
		"/cam.jpg?quality=" + strings.Repeat("9", 4000): "quality: expected",
	} {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), want) || len(body) > 300 {
			t.Errorf("%.60s: status %d, %q; want 400 with %q", path, resp.StatusCode, body, want)
		}
	}
	resp, err := http.Get(srv.URL + "/cam.jpg?1699999999&cachebust=7")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a number against caches: status %d", resp.StatusCode)
	}
}
