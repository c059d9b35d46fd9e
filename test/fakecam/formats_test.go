//go:build linux && amd64

package fakecam_test

import (
	"bytes"
	"fmt"
	"image/color"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/test/fakecam"
)

// raw draws the bars in an uncompressed format. What lies between the rows is
// red, so that it shows if it is taken for a picture.
func raw(f fakecam.Format) []byte {
	data := bytes.Repeat([]byte{76, 255, 90}, f.Size/3+1)[:f.Size]
	ycc := func(x int) (y, cb, cr byte) {
		c := bars()[x*8/f.Width]
		y, cb, cr = color.RGBToYCbCr(c.R, c.G, c.B)
		// A camera's brightness is from 16 to 235.
		narrow := func(v byte, span int) byte { return byte(16 + (int(v)*span+127)/255) }
		return narrow(y, 219), narrow(cb, 224), narrow(cr, 224)
	}
	colour := f.Stride * f.Height
	for row := range f.Height {
		line := data[row*f.Stride:]
		for x := range f.Width {
			y, cb, cr := ycc(x)
			c := bars()[x*8/f.Width]
			switch f.FourCC {
			case "YUYV":
				line[2*x], line[2*x+1] = y, [2]byte{cb, cr}[x%2]
			case "UYVY":
				line[2*x+1], line[2*x] = y, [2]byte{cb, cr}[x%2]
			case "RGB3":
				copy(line[3*x:], []byte{c.R, c.G, c.B})
			case "BGR3":
				copy(line[3*x:], []byte{c.B, c.G, c.R})
			case "GREY":
				line[x] = color.GrayModel.Convert(c).(color.Gray).Y
			case "NV12", "NM12":
				line[x] = y
				if row%2 == 0 {
					data[colour+row/2*f.Stride+x] = [2]byte{cb, cr}[x%2]
				}
			case "YU12", "YM12":
				line[x] = y
				if row%2 == 0 && x%2 == 0 {
					data[colour+row/2*f.Stride/2+x/2] = cb
					data[colour+colour/4+row/2*f.Stride/2+x/2] = cr
				}
			}
		}
	}
	return data
}

func TestRowsWithRoomBetweenThemAreReadRight(t *testing.T) {
	t.Parallel()
	const width, height, padding = 176, 96, 64
	for _, c := range []struct {
		format string
		pixel  int
		planar bool
	}{
		{"YUYV", 2, false}, {"UYVY", 2, false}, {"NV12", 1, false}, {"YU12", 1, false}, {"GREY", 1, false},
		{"RGB3", 3, false}, {"BGR3", 3, false},
		{"YUYV", 2, true}, {"NV12", 1, true}, {"YU12", 1, true}, {"NM12", 1, true}, {"YM12", 1, true},
	} {
		format, pixel := c.format, c.pixel
		t.Run(fmt.Sprintf("%s planar %v", format, c.planar), func(t *testing.T) {
			t.Parallel()
			f := fakecam.Format{FourCC: format, Width: width, Height: height, Stride: pixel*width + padding}
			var data []byte
			r := run(t, &fakecam.Camera{Formats: []fakecam.Format{f}, Planar: c.planar,
				Picture: func(f fakecam.Format, _ uint64) fakecam.Buffer {
					if data == nil {
						data = raw(f)
					}
					return fakecam.Buffer{Data: data}
				}})
			checkBars(t, r.snapshot(), width, height, format == "GREY")
			if s := r.state(); s.Format != format {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestWhatTheDriverChoseIsServedNotWhatWasAsked(t *testing.T) {
	t.Parallel()
	chosen := fakecam.Format{FourCC: "YUYV", Width: 160, Height: 120}
	r := run(t, &fakecam.Camera{
		Formats: []fakecam.Format{{FourCC: "MJPG", Width: 640, Height: 480}, {FourCC: "YUYV", Width: 640, Height: 480}},
		Chooses: func(fakecam.Format) fakecam.Format { return chosen },
		Picture: func(f fakecam.Format, _ uint64) fakecam.Buffer { return fakecam.Buffer{Data: raw(f)} },
	}, "--width", "640", "--height", "480")
	checkBars(t, r.snapshot(), 160, 120, false)
	if s := r.state(); s.Format != "YUYV" || s.Width != 160 || s.Height != 120 {
		t.Errorf("%+v", s)
	}
}

func TestCompressedPicturesPassByteForByteAndTheNewestIsShown(t *testing.T) {
	t.Parallel()
	file := jpegs(320, 240)
	c := &fakecam.Camera{Formats: []fakecam.Format{{FourCC: "YUYV", Width: 320, Height: 240},
		{FourCC: "MJPG", Width: 320, Height: 240}},
		Picture: func(_ fakecam.Format, n uint64) fakecam.Buffer {
			return fakecam.Buffer{Data: append(file(n), 0, 0, 0, 0)}
		}}
	r := run(t, c)
	wait := r.stream()
	last := uint64(0)
	for range 20 {
		p := wait("a picture", live)
		n := numberOf(t, p.data)
		if n <= last || !bytes.Equal(p.data, file(n)) {
			t.Fatalf("picture %d after %d, %d bytes of %d", n, last, len(p.data), len(file(n)))
		}
		last = n
	}
	for range 5 {
		before := c.Number()
		if n := numberOf(t, r.snapshot()); n <= before {
			t.Errorf("asked after picture %d, a snapshot is picture %d", before, n)
		}
	}
	if s := r.state(); s.Format != "MJPEG" {
		t.Errorf("%+v", s)
	}
}

func TestHuffmanTablesThatACameraLeavesOutAreAdded(t *testing.T) {
	t.Parallel()
	file := jpegs(160, 120)
	r := run(t, &fakecam.Camera{Formats: []fakecam.Format{{FourCC: "MJPG", Width: 160, Height: 120}},
		Picture: func(_ fakecam.Format, n uint64) fakecam.Buffer { return fakecam.Buffer{Data: withoutTables(file(n))} }})
	checkBars(t, r.snapshot(), 160, 120, false)
}

// withoutTables leaves the DHT segments out of a JPEG file.
func withoutTables(file []byte) []byte {
	out := bytes.Clone(file[:2])
	for at := 2; ; {
		end := at + 2 + int(file[at+2])<<8 + int(file[at+3])
		if file[at+1] == 0xDA {
			return append(out, file[at:]...)
		}
		if file[at+1] != 0xC4 {
			out = append(out, file[at:end]...)
		}
		at = end
	}
}

func TestFormatsThatCannotBeServedAreNamed(t *testing.T) {
	t.Parallel()
	r := run(t, &fakecam.Camera{Formats: []fakecam.Format{{FourCC: "H264", Width: 160, Height: 120, Size: 1 << 16}},
		Picture: func(fakecam.Format, uint64) fakecam.Buffer { return fakecam.Buffer{Silent: true} }})
	status, _, _ := r.get("/cam.jpg")
	if s := r.state(); status != 503 || !strings.Contains(s.Error, "it offers H264") {
		t.Errorf("status %d, %+v", status, s)
	}
}
