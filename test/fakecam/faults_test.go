//go:build linux && amd64

package fakecam_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/test/fakecam"
)

// A camera spoils every second picture, in each way: the others are shown,
// and what was left out is counted.
func TestSpoiltPicturesAreLeftOutAndCounted(t *testing.T) {
	t.Parallel()
	file := jpegs(160, 120)
	for name, c := range map[string]struct {
		format string
		spoil  func(data []byte) fakecam.Buffer
		count  func(state) int
	}{
		"cut off": {"MJPG", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Data: d[:len(d)/2]} },
			func(s state) int { return s.Drops.Broken }},
		"cut in headers": {"MJPG", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Data: d[:40]} },
			func(s state) int { return s.Drops.Broken }},
		"no JPEG": {"MJPG", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Data: make([]byte, 4096)} },
			func(s state) int { return s.Drops.Broken }},
		"empty": {"MJPG", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Data: d, Empty: true} },
			func(s state) int { return s.Drops.Damaged }},
		"called damaged": {"MJPG", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Data: d[:9], Damaged: true} },
			func(s state) int { return s.Drops.Damaged }},
		"empty, raw": {"YUYV", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Empty: true} },
			func(s state) int { return s.Drops.Damaged }},
		"short, raw": {"YUYV", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Data: d[:100]} },
			func(s state) int { return s.Drops.Short }},
		"a byte short": {"YUYV", func(d []byte) fakecam.Buffer { return fakecam.Buffer{Data: d[:len(d)-1]} },
			func(s state) int { return s.Drops.Short }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, &fakecam.Camera{Formats: []fakecam.Format{{FourCC: c.format, Width: 160, Height: 120}},
				Picture: func(f fakecam.Format, n uint64) fakecam.Buffer {
					data := file(n)
					if c.format == "YUYV" {
						data = raw(f)
					}
					if n%2 == 0 {
						return c.spoil(data)
					}
					return fakecam.Buffer{Data: data}
				}})
			wait := r.stream()
			for range 5 {
				p := wait("a picture", func(part) bool { return true })
				if p.placeholder {
					t.Fatalf("a placeholder is shown: %+v", r.state())
				}
				checkBars(t, p.data, 160, 120, false)
				if c.format == "MJPG" && numberOf(t, p.data)%2 == 0 {
					t.Fatal("a spoilt picture is shown")
				}
			}
			r.until("it is counted", func() bool { return c.count(r.state()) > 0 })
		})
	}
}

// Whatever stops a camera, the reason is shown at once, and the same stream
// shows the camera again when it works.
func TestAStoppedCameraIsSaidAndShownAgain(t *testing.T) {
	t.Parallel()
	file := jpegs(160, 120)
	for name, c := range map[string]struct {
		stop  fakecam.Buffer
		error string
	}{
		"it delivers nothing":          {fakecam.Buffer{Silent: true}, "no picture from "},
		"only what is no picture":      {fakecam.Buffer{Data: []byte("noise")}, "broken"},
		"DQBUF fails":                  {fakecam.Buffer{Error: unix.EIO}, "input/output error"},
		"DQBUF fails in an odd way":    {fakecam.Buffer{Error: unix.EPROTO}, "protocol error"},
		"more bytes than a buffer has": {fakecam.Buffer{Data: []byte{1}, Used: 1 << 30}, "which there is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stopped atomic.Bool
			r := run(t, &fakecam.Camera{Formats: []fakecam.Format{{FourCC: "MJPG", Width: 160, Height: 120}},
				Picture: func(_ fakecam.Format, n uint64) fakecam.Buffer {
					if stopped.Load() {
						return c.stop
					}
					return fakecam.Buffer{Data: file(n)}
				}})
			wait := r.stream()
			wait("a picture", live)
			stopped.Store(true)
			wait("a placeholder", dark)
			if said := r.state(); !strings.Contains(said.Error, c.error) {
				t.Errorf("expected %q, got %q", c.error, said.Error)
			}
			stopped.Store(false)
			wait("a picture again", live)
		})
	}
}

// Each call that may be refused when a camera is opened is said, and nothing
// of the camera stays open.
func TestACameraThatRefusesToStartIsSaidAndTriedAgain(t *testing.T) {
	t.Parallel()
	file := jpegs(160, 120)
	for _, c := range []struct {
		call  string
		errno unix.Errno
		want  string
	}{
		{"open", unix.EACCES, "group video"}, {"open", unix.EBUSY, "another program uses it"},
		{"VIDIOC_QUERYCAP", unix.EIO, "cannot open the camera"}, {"VIDIOC_S_FMT", unix.EBUSY, "another program uses it"},
		{"VIDIOC_G_FMT", unix.EIO, "input/output error"}, {"VIDIOC_REQBUFS", unix.ENOMEM, "no buffers"},
		{"VIDIOC_QUERYBUF", unix.EINVAL, "buffer 1 of 4"}, {"VIDIOC_QBUF", unix.EINVAL, "buffer 1 of 4"},
		{"VIDIOC_STREAMON", unix.ENOSPC, "it does not start: no space left"}, // how USB says that it is full
	} {
		t.Run(fmt.Sprint(c.call, " ", c.errno), func(t *testing.T) {
			t.Parallel()
			var refuses atomic.Bool
			refuses.Store(true)
			cam := &fakecam.Camera{Formats: []fakecam.Format{{FourCC: "MJPG", Width: 160, Height: 120}},
				Picture: func(_ fakecam.Format, n uint64) fakecam.Buffer { return fakecam.Buffer{Data: file(n)} },
				Refuses: func(name string) unix.Errno {
					if name == c.call && refuses.Load() {
						return c.errno
					}
					return 0
				}}
			r := run(t, cam)
			status, _, _ := r.get("/cam.jpg")
			s := r.state()
			if status != 503 || !strings.Contains(s.Error, c.want) || !strings.Contains(s.Error, cam.Path) {
				t.Errorf("status %d, %q; expected %q and the path", status, s.Error, c.want)
			}
			r.until("it is closed", func() bool { return cam.Held() == 0 })
			refuses.Store(false)
			r.until("it works", func() bool { status, _, _ := r.get("/cam.jpg"); return status == 200 })
		})
	}
}

func TestUnpluggedAgainAndAgainUnderAStream(t *testing.T) {
	t.Parallel()
	file := jpegs(160, 120)
	c := &fakecam.Camera{FPS: 200, Formats: []fakecam.Format{{FourCC: "MJPG", Width: 160, Height: 120}},
		Picture: func(_ fakecam.Format, n uint64) fakecam.Buffer { return fakecam.Buffer{Data: file(n)} }}
	r := run(t, c)
	wait := r.stream()
	wait("a picture", live)
	const times = 20 // on the kernel's own V4L2 it is a hundred
	for range times {
		c.Unplug()
		wait("a placeholder", dark)
		c.Replug()
		wait("a picture", live)
	}
	if c.Held() != 1 || c.Opened() < times+1 {
		t.Errorf("%d descriptors open, opened %d times", c.Held(), c.Opened())
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", r.pid))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(maps, []byte("/memfd:fakecam")); n > 4 {
		t.Errorf("%d buffers are mapped", n)
	}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", r.pid))
	if err != nil || len(fds) > 30 {
		t.Errorf("%d descriptors: %v", len(fds), err)
	}
}
