//go:build linux

package camera

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestFileThatIsNoCameraIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "video0")
	if err := os.WriteFile(path, []byte("no camera"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := newDevices().open(t.Context(), path, settings{})
	if err == nil || !strings.Contains(err.Error(), "cannot open the camera "+path) {
		t.Errorf("got %v", err)
	}
}

func TestRefusalSaysWhatCanBeDone(t *testing.T) {
	for err, want := range map[error]string{
		unix.ENOENT: "is it plugged in?",
		unix.EACCES: "is this user in the group video?",
		unix.EBUSY:  "another program uses it",
		unix.EIO:    "cannot open the camera /dev/video-test: input/output error",
	} {
		if got := refusal("/dev/video-test", err).Error(); !strings.Contains(got, want) ||
			!errors.Is(refusal("/dev/video-test", err), err) {
			t.Errorf("%v: %q lacks %q", err, got, want)
		}
	}
}

// TestCallsAreNumberedAsTheKernelsHeaderDoes pins the size of what each takes,
// by the numbers that a C compiler makes of linux/videodev2.h.
func TestCallsAreNumberedAsTheKernelsHeaderDoes(t *testing.T) {
	if ioctlDirection != 30 {
		t.Skip("this machine numbers its calls in another way")
	}
	const wide = unsafe.Sizeof(uintptr(0)) == 8
	for name, tc := range map[string]struct{ got, wide, narrow uintptr }{
		"G_FMT":           {vidiocGetFormat, 0xc0d05604, 0xc0cc5604},
		"S_FMT":           {vidiocSetFormat, 0xc0d05605, 0xc0cc5605},
		"REQBUFS":         {vidiocRequestBuffers, 0xc0145608, 0xc0145608},
		"QUERYBUF":        {vidiocQueryBuffer, 0xc0585609, 0xc0445609},
		"QBUF":            {vidiocQueue, 0xc058560f, 0xc044560f},
		"DQBUF":           {vidiocDequeue, 0xc0585611, 0xc0445611},
		"STREAMON":        {vidiocStreamOn, 0x40045612, 0x40045612},
		"STREAMOFF":       {vidiocStreamOff, 0x40045613, 0x40045613},
		"G_PARM":          {vidiocGetParm, 0xc0cc5615, 0xc0cc5615},
		"S_PARM":          {vidiocSetParm, 0xc0cc5616, 0xc0cc5616},
		"G_CTRL":          {vidiocGetControl, 0xc008561b, 0xc008561b},
		"S_CTRL":          {vidiocSetControl, 0xc008561c, 0xc008561c},
		"QUERYCTRL":       {vidiocQueryControl, 0xc0445624, 0xc0445624},
		"QUERYMENU":       {vidiocQueryMenu, 0xc02c5625, 0xc02c5625},
		"S_FMT of planes": {v4l2Both | unsafe.Sizeof(v4l2FormatPlanes{})<<16 | 5, 0xc0d05605, 0xc0cc5605},
		"DQBUF of planes": {v4l2Both | unsafe.Sizeof(v4l2BufferPlanes{})<<16 | 17, 0xc0585611, 0xc0445611},
		"a plane":         {unsafe.Sizeof(v4l2Plane{}), 64, 60},
		"where they are":  {unsafe.Offsetof(v4l2BufferPlanes{}.planes), 64, 52},
		"its layout":      {unsafe.Sizeof(v4l2FormatPlane{}), 20, 20},
	} {
		want := tc.narrow
		if wide {
			want = tc.wide
		}
		if tc.got != want {
			t.Errorf("%s: %#x, want %#x", name, tc.got, want)
		}
	}
}

func TestCameraIsKnownByItsSerialNumberElseByItsPlace(t *testing.T) {
	one := identity{"uvcvideo", "C270", "usb-1.2", "usb-046d_0825_5A3C-video-index0"}
	for name, tc := range map[string]struct {
		other identity
		same  bool
	}{
		"in another socket":             {identity{"uvcvideo", "C270", "usb-1.4", one.id}, true},
		"another of the same type":      {identity{"uvcvideo", "C270", "usb-1.2", "usb-046d_0825_77B1-video-index0"}, false},
		"where udev gives no names":     {identity{"uvcvideo", "C270", "usb-1.2", ""}, true},
		"no name, in another socket":    {identity{"uvcvideo", "C270", "usb-1.4", ""}, false},
		"another type in the same port": {identity{"uvcvideo", "C920", "usb-1.2", ""}, false},
	} {
		if got := one.same(tc.other); got != tc.same {
			t.Errorf("%s: the same %v", name, got)
		}
	}
	dev, links := t.TempDir(), t.TempDir()
	path := filepath.Join(dev, "video3")
	for _, err := range []error{os.WriteFile(path, nil, 0o600), os.WriteFile(filepath.Join(dev, "video1"), nil, 0o600),
		os.Symlink(filepath.Join(dev, "video1"), filepath.Join(links, "a-camera")),
		os.Symlink(path, filepath.Join(links, "the-camera")),
		os.Symlink("nowhere", filepath.Join(links, "b-gone"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := linkTo(links, path); got != "the-camera" {
		t.Errorf("got %q", got)
	}
	if got := linkTo(filepath.Join(links, "missing"), path); got != "" {
		t.Errorf("got %q", got)
	}
}
