package camera

import (
	"fmt"
	"runtime"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// fourcc is a pixel format by its four characters, as V4L2 writes it.
type fourcc uint32

func fourccOf(s string) fourcc {
	return fourcc(s[0]) | fourcc(s[1])<<8 | fourcc(s[2])<<16 | fourcc(s[3])<<24
}

func (f fourcc) String() string {
	if f == fourccOf("MJPG") {
		return "MJPEG"
	}
	return f.code()
}

func (f fourcc) code() string {
	return string([]byte{byte(f), byte(f >> 8), byte(f >> 16), byte(f >> 24)})
}

// compressed reports whether the camera delivers JPEG frames.
func (f fourcc) compressed() bool { return f == fourccOf("MJPG") || f == fourccOf("JPEG") }

// rawFormats lists the formats that can be encoded here, the cheapest first.
func rawFormats() []jpeg.Format {
	return []jpeg.Format{jpeg.YUYV, jpeg.UYVY, jpeg.NV12, jpeg.YU12, jpeg.NM12, jpeg.YM12,
		jpeg.RGB24, jpeg.BGR24, jpeg.Grey}
}

// usableFormats lists the formats that can be served, the best first: JPEG, then
// the raw formats.
func usableFormats() []fourcc {
	usable := []fourcc{fourccOf("MJPG"), fourccOf("JPEG")}
	for _, f := range rawFormats() {
		usable = append(usable, fourccOf(f.String()))
	}
	return usable
}

// formatNames lists the values of --format.
func formatNames() []string {
	var names []string
	for _, f := range usableFormats() {
		names = append(names, f.code())
	}
	return names
}

// rawFrame describes the memory layout of an uncompressed frame.
type rawFrame struct {
	format        fourcc
	width, height int
	stride        int  // bytes from one row to the next
	colourStride  int  // the same for colour in separate memory
	fullRange     bool // brightness 0-255 instead of 16-235
}

// newEncoder returns an encoder for frames of this shape. It assumes BT.601, like
// JFIF and nearly all cameras.
func (p rawFrame) newEncoder(turn jpeg.Turn) (*jpeg.Encoder, error) {
	for _, f := range rawFormats() {
		if fourccOf(f.String()) == p.format {
			shape := jpeg.Shape{Format: f, Width: p.width, Height: p.height, Stride: p.stride,
				ColourStride: p.colourStride, FullRange: p.fullRange}
			return jpeg.New(shape, turn, encodeWorkers())
		}
	}
	return nil, fmt.Errorf("cannot compress pictures in the format %v", p.format)
}

// encodeWorkers is how many processors encode one frame. More than four do not
// help: joining the parts dominates then.
func encodeWorkers() int { return min(runtime.GOMAXPROCS(0), 4) }
