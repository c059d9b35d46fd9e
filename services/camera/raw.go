package camera

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
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
	return string([]byte{byte(f), byte(f >> 8), byte(f >> 16), byte(f >> 24)})
}

// compressed tells whether the camera delivers JPEG pictures itself.
func (f fourcc) compressed() bool { return f == fourccOf("MJPG") || f == fourccOf("JPEG") }

// usableFormats lists what can be served, best first: what needs no
// compression here, then what needs the least work.
func usableFormats() []fourcc {
	return []fourcc{fourccOf("MJPG"), fourccOf("JPEG"), fourccOf("YUYV"), fourccOf("UYVY"), fourccOf("NV12"), fourccOf("GREY")}
}

// rawPicture says how an uncompressed picture lies in memory.
type rawPicture struct {
	format        fourcc
	width, height int
	stride        int  // bytes from one row to the next
	fullRange     bool // brightness 0-255 instead of 16-235
}

// rawEncoder compresses uncompressed pictures of one shape. It goes from the
// camera's YCbCr straight to JPEG's, without RGB in between, and stretches
// video's 16-235 to the 0-255 that JFIF means: otherwise black looks grey.
// BT.601 is assumed, which is what cameras say, and JFIF's.
type rawEncoder struct {
	shape   rawPicture
	quality int
	picture *image.YCbCr
	gray    *image.Gray
	luma    [256]byte
	chroma  [256]byte
}

func newRawEncoder(shape rawPicture, quality int) (*rawEncoder, error) {
	e := &rawEncoder{shape: shape, quality: quality}
	bounds := image.Rect(0, 0, shape.width, shape.height)
	switch shape.format {
	case fourccOf("YUYV"), fourccOf("UYVY"):
		e.picture = image.NewYCbCr(bounds, image.YCbCrSubsampleRatio422)
	case fourccOf("NV12"):
		e.picture = image.NewYCbCr(bounds, image.YCbCrSubsampleRatio420)
	case fourccOf("GREY"):
		e.gray = image.NewGray(bounds)
	default:
		return nil, fmt.Errorf("cannot compress pictures in the format %v", shape.format)
	}
	if shape.width <= 0 || shape.height <= 0 || shape.stride < e.rowBytes() {
		return nil, fmt.Errorf("expected rows of at least %d bytes for %dx%d %v, got %d",
			e.rowBytes(), shape.width, shape.height, shape.format, shape.stride)
	}
	for i := range 256 {
		e.luma[i], e.chroma[i] = byte(i), byte(i)
		if !shape.fullRange {
			e.luma[i] = clamp((i-16)*255, 219)
			e.chroma[i] = clamp((i-128)*255+128*224, 224)
		}
	}
	return e, nil
}

// clamp divides, rounding, and keeps the result in a byte.
func clamp(dividend, divisor int) byte {
	return byte(min(max((dividend+divisor/2)/divisor, 0), 255))
}

func (e *rawEncoder) rowBytes() int {
	switch e.shape.format {
	case fourccOf("YUYV"), fourccOf("UYVY"):
		return (e.shape.width + 1) / 2 * 4
	}
	return e.shape.width
}

// size is how many bytes a picture needs at least.
func (e *rawEncoder) size() int {
	rows := e.shape.height
	if e.shape.format == fourccOf("NV12") {
		rows += (rows + 1) / 2
	}
	return (rows-1)*e.shape.stride + e.rowBytes()
}

// encode appends the picture in data as a JPEG file to dst.
func (e *rawEncoder) encode(dst, data []byte) ([]byte, error) {
	if len(data) < e.size() {
		return dst, fmt.Errorf("%w: %d bytes of %d", errShortPicture, len(data), e.size())
	}
	out := bytes.NewBuffer(dst)
	var picture image.Image = e.picture
	switch e.shape.format {
	case fourccOf("YUYV"):
		e.unpack422(data, 0, 1)
	case fourccOf("UYVY"):
		e.unpack422(data, 1, 0)
	case fourccOf("NV12"):
		e.unpackNV12(data)
	case fourccOf("GREY"):
		for y := range e.shape.height {
			e.stretchRow(e.gray.Pix[y*e.gray.Stride:], data[y*e.shape.stride:])
		}
		picture = e.gray
	}
	err := jpeg.Encode(out, picture, &jpeg.Options{Quality: e.quality})
	return out.Bytes(), err
}

func (e *rawEncoder) stretchRow(to, from []byte) {
	for x, v := range from[:e.shape.width] {
		to[x] = e.luma[v]
	}
}

// unpack422 takes pairs of pixels apart; luma and chroma are the offsets of
// the first of each.
func (e *rawEncoder) unpack422(data []byte, luma, chroma int) {
	p := e.picture
	for y := range e.shape.height {
		from := data[y*e.shape.stride:]
		ys, cb, cr := p.Y[y*p.YStride:], p.Cb[y*p.CStride:], p.Cr[y*p.CStride:]
		for x := 0; x < e.shape.width/2; x++ {
			four := from[x*4 : x*4+4 : x*4+4]
			ys[2*x] = e.luma[four[luma]]
			ys[2*x+1] = e.luma[four[luma+2]]
			cb[x] = e.chroma[four[chroma]]
			cr[x] = e.chroma[four[chroma+2]]
		}
		if x := e.shape.width / 2; e.shape.width%2 == 1 {
			four := from[x*4 : x*4+4]
			ys[2*x] = e.luma[four[luma]]
			cb[x], cr[x] = e.chroma[four[chroma]], e.chroma[four[chroma+2]]
		}
	}
}

func (e *rawEncoder) unpackNV12(data []byte) {
	p := e.picture
	for y := range e.shape.height {
		e.stretchRow(p.Y[y*p.YStride:], data[y*e.shape.stride:])
	}
	colours := data[e.shape.height*e.shape.stride:]
	for y := range (e.shape.height + 1) / 2 {
		from := colours[y*e.shape.stride:]
		cb, cr := p.Cb[y*p.CStride:], p.Cr[y*p.CStride:]
		for x := range e.shape.width / 2 {
			cb[x], cr[x] = e.chroma[from[2*x]], e.chroma[from[2*x+1]]
		}
	}
}
