// Package jpeg compresses a camera's uncompressed pictures into baseline JPEG files
// (ISO/IEC 10918-1). It reads the camera's own format, without a copy in another
// format.
package jpeg

import (
	"errors"
	"fmt"
)

// Format is how the samples of an uncompressed picture lie in memory, by the
// name that V4L2 gives it.
type Format uint8

// The formats that an Encoder takes.
const (
	YUYV  Format = iota + 1 // Y0 Cb Y1 Cr: two pixels share their colour
	UYVY                    // Cb Y0 Cr Y1
	NV12                    // all Y, then Cb and Cr in turns, one pair for 2x2 pixels
	YU12                    // all Y, then all Cb, then all Cr, one of each for 2x2 pixels
	Grey                    // Y only
	RGB24                   // R G B
	BGR24                   // B G R
	NM12                    // as NV12, but the colour lies in memory of its own
	YM12                    // as YU12, but each colour lies in memory of its own
)

// String returns V4L2's name.
func (f Format) String() string {
	names := [...]string{YUYV: "YUYV", UYVY: "UYVY", NV12: "NV12", YU12: "YU12", Grey: "GREY", RGB24: "RGB3",
		BGR24: "BGR3", NM12: "NM12", YM12: "YM12"}
	if int(f) >= len(names) || f == 0 {
		return fmt.Sprintf("format %d", uint8(f))
	}
	return names[f]
}

// Turn rotates a picture clockwise by Rotate degrees (0, 90, 180 or 270), and then
// mirrors it, while it is compressed.
type Turn struct {
	Rotate       int
	FlipH, FlipV bool // left to right; upside down
}

// Shape describes uncompressed pictures.
type Shape struct {
	Format        Format
	Width, Height int  // pixels, 1 to 65535
	Stride        int  // bytes from one row to the next, of the first plane
	FullRange     bool // brightness is 0-255, not video's 16-235
	// ColourStride is Stride for the separate colour memory of NM12 and YM12.
	ColourStride int
}

// ErrShort is the error for data that is less than a picture.
var ErrShort = errors.New("less than a picture")

// maxSide is the largest width and height that a JPEG file can state.
const maxSide = 65535

func (s Shape) check() error {
	switch {
	case s.Format == 0 || s.Format > YM12:
		return fmt.Errorf("cannot compress pictures in %v", s.Format)
	case s.Width < 1 || s.Height < 1 || s.Width > maxSide || s.Height > maxSide:
		return fmt.Errorf("expected a picture of 1x1 to %dx%d pixels, got %dx%d", maxSide, maxSide, s.Width, s.Height)
	case s.Stride < s.rowBytes() || s.Stride > 8*maxSide:
		return fmt.Errorf("expected rows of %d to %d bytes for %d pixels of %v, got %d",
			s.rowBytes(), 8*maxSide, s.Width, s.Format, s.Stride)
	case s.Memories() > 1 && (s.ColourStride < s.colourBytes() || s.ColourStride > 8*maxSide):
		return fmt.Errorf("expected rows of %d to %d bytes for the colour of %d pixels of %v, got %d",
			s.colourBytes(), 8*maxSide, s.Width, s.Format, s.ColourStride)
	}
	return nil
}

// rowBytes is the smallest number of bytes of a row of the first plane.
func (s Shape) rowBytes() int {
	switch s.Format {
	case YUYV, UYVY:
		return (s.Width + 1) / 2 * 4
	case NV12, YU12, NM12:
		return (s.Width + 1) &^ 1
	case RGB24, BGR24:
		return s.Width * 3
	}
	return s.Width
}

// colourBytes is the smallest number of bytes of a row of the other memories.
func (s Shape) colourBytes() int {
	if s.Format == NM12 {
		return (s.Width + 1) &^ 1
	}
	return (s.Width + 1) / 2
}

// MostMemories is the most that a picture lies in.
const MostMemories = 3

// Memories is how many memories a picture lies in: 1, but for NM12 and YM12.
func (s Shape) Memories() int {
	switch s.Format {
	case NM12:
		return 2
	case YM12:
		return 3
	}
	return 1
}

// SizeOf is Size for the memory with this index, of those that a picture lies in.
func (s Shape) SizeOf(memory int) int {
	if memory > 0 {
		return ((s.Height+1)/2-1)*s.ColourStride + s.colourBytes()
	}
	return s.Size()
}

// Size is how many bytes a picture has at least in its first memory: the
// padding behind its last row may be missing.
func (s Shape) Size() int {
	halfRows := (s.Height + 1) / 2
	switch s.Format {
	case NV12:
		return (s.Height+halfRows-1)*s.Stride + s.rowBytes()
	case YU12:
		return s.Height*s.Stride + (2*halfRows-1)*(s.Stride/2) + s.rowBytes()/2
	}
	return (s.Height-1)*s.Stride + s.rowBytes()
}
