package camera

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// fakeSource delivers frames of a size at a rate, and ends as told.
type fakeSource struct {
	period  time.Duration
	file    []byte
	grabs   int
	encoded atomic.Int64
	closed  atomic.Bool
	fail    func(grabs int) error
}

func (f *fakeSource) describe() description {
	return description{Device: "fake", Format: "MJPEG", Width: 64, Height: 48, FPS: float64(time.Second / f.period)}
}

func (f *fakeSource) grab(ctx context.Context, _ uint64) (time.Time, error) {
	f.grabs++
	if f.fail != nil {
		if err := f.fail(f.grabs); err != nil {
			return time.Time{}, err
		}
	}
	timer := time.NewTimer(f.period)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	case <-timer.C:
		return time.Now(), nil
	}
}

func (f *fakeSource) frame() ([][]byte, error) {
	f.encoded.Add(1)
	return [][]byte{f.file}, nil
}

func (f *fakeSource) close() error { f.closed.Store(true); return nil }

// noisySource delivers size bytes fps times a second.
func noisySource(fps, size int) opener {
	return func(context.Context) (source, error) {
		return &fakeSource{period: time.Second / time.Duration(fps), file: make([]byte, size)}, nil
	}
}

func TestCameraIsOpenedForTheFirstAndReleasedLingerAfterTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened []*fakeSource
		h := newTestHub(t, func(context.Context) (source, error) {
			f := &fakeSource{period: 40 * time.Millisecond}
			opened = append(opened, f)
			return f, nil
		}, 5*time.Second, false)
		start(t, h)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(opened) != 0 {
			t.Fatal("opened before anybody looked")
		}
		one, two := h.join(nil), h.join(nil)
		time.Sleep(time.Second)
		one()
		time.Sleep(time.Minute)
		synctest.Wait()
		if h.snapshot().Clients != 1 || opened[0].closed.Load() {
			t.Fatal("closed while somebody looked")
		}
		two()
		time.Sleep(4900 * time.Millisecond)
		synctest.Wait()
		if opened[0].closed.Load() {
			t.Fatal("closed before the linger was over")
		}
		seen := opened[0].encoded.Load()
		again := h.join(nil)
		again()
		time.Sleep(4900 * time.Millisecond)
		synctest.Wait()
		if opened[0].closed.Load() || len(opened) != 1 {
			t.Fatal("the linger does not begin anew with the last client")
		}
		if grew := opened[0].encoded.Load() - seen; grew > 1 {
			t.Errorf("%d pictures were compressed while nobody looked", grew)
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if !opened[0].closed.Load() || h.snapshot().State != "idle" {
			t.Errorf("not released: %+v", h.snapshot())
		}
	})
}

func TestAlwaysOnKeepsTheCameraOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{period: 40 * time.Millisecond}
		h := newTestHub(t, func(context.Context) (source, error) { return f, nil }, 0, true)
		start(t, h)
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := h.snapshot(); !s.Capturing || s.FPS < 24 || s.FPS > 26 || f.encoded.Load() != 0 {
			t.Errorf("%+v, %d pictures compressed for nobody", s, f.encoded.Load())
		}
	})
}

func TestSourceThatFailsIsTriedEachSecondWhileSomebodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int64
		h := newTestHub(t, func(context.Context) (source, error) {
			if tries.Add(1) <= 5 {
				return nil, errors.New("no such device")
			}
			return &fakeSource{period: 40 * time.Millisecond}, nil
		}, time.Minute, false)
		start(t, h)
		leave := h.join(nil)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		if s := h.snapshot(); tries.Load() != 3 || s.State != "faulty" || s.Error != "no such device" {
			t.Fatalf("%d tries in 2.5 s: %+v", tries.Load(), s)
		}
		leave()
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := h.snapshot(); tries.Load() != 3 || s.State != "idle" {
			t.Fatalf("%d tries, the last ones for nobody: %+v", tries.Load(), s)
		}
		defer h.join(nil)()
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		if s := h.snapshot(); s.State != "running" || s.Error != "" {
			t.Errorf("it works again, but: %+v", s)
		}
	})
}

func TestSourceThatStallsOrStopsIsClosedAndOpenedAgain(t *testing.T) {
	for name, fail := range map[string]func(int) error{
		"stalls": nil,
		"stops":  func(grabs int) error { return map[bool]error{true: errors.New("unplugged")}[grabs > 10] },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := &fakeSource{period: 40 * time.Millisecond, fail: fail}
				if fail == nil {
					first.fail = func(grabs int) error {
						if grabs > 10 {
							first.period = time.Hour
						}
						return nil
					}
				}
				var opened atomic.Int64
				h := newTestHub(t, func(context.Context) (source, error) {
					if opened.Add(1) == 1 {
						return first, nil
					}
					return &fakeSource{period: 40 * time.Millisecond}, nil
				}, 0, false)
				start(t, h)
				defer h.join(nil)()
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				f, err := h.after(ctx, func(f *frame) bool { return f.fault != "" })
				if err != nil {
					t.Fatalf("no placeholder: %v", err)
				}
				if name == "stalls" && !strings.Contains(f.fault, "no picture from fake for 2.1s") {
					t.Errorf("the placeholder says %q", f.fault)
				}
				f.release()
				if f, err = h.after(ctx, func(f *frame) bool { return f.fault == "" }); err != nil {
					t.Fatalf("not live again: %v", err)
				}
				f.release()
				if !first.closed.Load() || opened.Load() != 2 {
					t.Errorf("closed %v, opened %d times", first.closed.Load(), opened.Load())
				}
			})
		})
	}
}

func TestStatusLineSaysWhoLooksAtWhat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		h := newTestHub(t, noisySource(25, 100), time.Second, false)
		h.say = func(line string) { said = append(said, line) }
		start(t, h)
		one := h.join(nil)
		time.Sleep(time.Second)
		two := h.join(nil)
		time.Sleep(time.Second)
		one()
		two()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		want := []string{"opening test", "streaming fake 64x48 MJPEG to 1 client", "streaming fake 64x48 MJPEG to 2 clients",
			"capturing fake 64x48 MJPEG, nobody looks", "idle"}
		if got := strings.Join(said, "\n"); !strings.HasSuffix(got, strings.Join(want, "\n")) {
			t.Errorf("said:\n%s\nwant, at the end:\n%s", got, strings.Join(want, "\n"))
		}
	})
}

func TestSnapshotsByTheHundredDoNotFloodTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := 0
		h := newTestHub(t, noisySource(25, 100), time.Minute, false)
		h.say = func(string) { said++ }
		start(t, h)
		for range 1000 {
			leave := h.join(nil)
			time.Sleep(5 * time.Millisecond)
			leave()
			time.Sleep(5 * time.Millisecond)
		}
		if said > 50 {
			t.Errorf("1000 snapshots in 10 s changed the status %d times", said)
		}
	})
}

func TestFrameMemoryIsReusedOnlyAfterTheLastHolder(t *testing.T) {
	var pool framePool
	f := pool.get()
	f.data = append(f.data, "picture"...)
	f.retain()
	f.release()
	if g := pool.get(); g == f {
		t.Fatal("a frame that is held was given out again")
	}
	f.release()
	if g := pool.get(); g != f || len(g.data) != 0 {
		t.Error("the memory was not reused, or not emptied")
	}
	g := pool.get()
	g.release()
	defer func() {
		if recover() == nil {
			t.Error("releasing twice was not noticed")
		}
	}()
	g.release()
}

func TestSourceThatGivesWayIsReplacedWithoutAPlaceholder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened atomic.Int64
		h := newTestHub(t, func(context.Context) (source, error) {
			f := &fakeSource{period: 40 * time.Millisecond}
			if opened.Add(1) == 1 {
				f.fail = func(grabs int) error { return map[bool]error{true: errReopen}[grabs > 10] }
			}
			return f, nil
		}, 0, false)
		start(t, h)
		defer h.join(nil)()
		for last := uint64(0); last < 30; {
			f, err := h.after(t.Context(), func(f *frame) bool { return f.sequence > last })
			if err != nil {
				t.Fatal(err)
			}
			if f.fault != "" {
				t.Errorf("a placeholder: %s", f.fault)
			}
			last = f.sequence
			f.release()
		}
		if opened.Load() != 2 {
			t.Errorf("opened %d times", opened.Load())
		}
	})
}

// deafSource delivers whatever its context says, as a camera does whose next
// frame is always there.
type deafSource struct{ *fakeSource }

func (d deafSource) grab(_ context.Context, number uint64) (time.Time, error) {
	return d.fakeSource.grab(context.Background(), number)
}

func TestStoppingReleasesACameraThatKeepsDelivering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{period: 40 * time.Millisecond}
		h := newTestHub(t, func(context.Context) (source, error) { return deafSource{f}, nil }, time.Hour, true)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); h.run(ctx) }()
		defer h.join(nil)()
		time.Sleep(time.Second)
		cancel()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatal("run goes on after its context has ended")
		}
		if !f.closed.Load() {
			t.Error("the camera was not released")
		}
	})
}

// flakySource delivers frames of which some cannot be served.
type flakySource struct {
	*fakeSource
	bad func(grabs int) error
}

func (f flakySource) frame() ([][]byte, error) {
	if err := f.bad(f.grabs); err != nil {
		return nil, err
	}
	return f.fakeSource.frame()
}

// grab delivers whatever its context says, as a driver does whose next frame
// is there already.
func (f flakySource) grab(context.Context, uint64) (time.Time, error) {
	return f.fakeSource.grab(context.Background(), 0)
}

func TestPicturesThatCannotBeServedAreLeftOutAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTestHub(t, func(context.Context) (source, error) {
			return flakySource{&fakeSource{period: 40 * time.Millisecond, file: []byte("whole")}, func(grabs int) error {
				return map[int]error{1: errBrokenFrame, 2: fmt.Errorf("%w: 0 bytes of 614400", jpeg.ErrShort)}[grabs%4]
			}}, nil
		}, 0, false)
		start(t, h)
		v := newViewer("client")
		v.direct = func(_ [][]byte, size int) (int, bool) { return size, true }
		defer h.join(v)()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		s := h.snapshot()
		if s.State != "running" || s.Drops.Broken < 60 || s.Drops.Short < 60 || s.SentFrames < 120 || s.SentFrames > 126 {
			t.Errorf("of four pictures one is broken and one too short: %+v", s)
		}
	})
}

func TestCameraThatDeliversOnlyRubbishIsSaidToAndReleasedWhenStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all []*fakeSource
		h := newTestHub(t, func(context.Context) (source, error) {
			f := &fakeSource{period: 40 * time.Millisecond}
			all = append(all, f)
			return flakySource{f, func(int) error { return errBrokenFrame }}, nil
		}, 0, false)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); h.run(ctx) }()
		defer h.join(nil)()
		f, err := h.after(t.Context(), func(f *frame) bool { return f.fault != "" })
		if err != nil {
			t.Fatal(err)
		}
		if want := errBrokenFrame.Error() + ", and nothing else for 2.1s [broken-frames]"; f.fault != want {
			t.Errorf("it says %q, want %q", f.fault, want)
		}
		f.release()
		again, err := h.after(t.Context(), func(*frame) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		again.release()
		time.Sleep(1500 * time.Millisecond)
		cancel()
		<-done
		for i, f := range all {
			if !f.closed.Load() {
				t.Errorf("source %d of %d is still open", i+1, len(all))
			}
		}
	})
}
