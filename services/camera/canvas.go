package camera

import (
	"image"
	"strings"

	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// ink is a colour as JPEG stores it (JFIF: BT.601, full range).
type ink struct{ y, cb, cr uint8 }

// canvas draws straight into the planes that are compressed: no RGB frame
// is made first. Chroma has half the resolution in both directions.
type canvas struct{ *image.YCbCr }

func newCanvas(width, height int) canvas {
	return canvas{image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)}
}

// copyFrom makes c the same frame as from, which has the same size.
func (c canvas) copyFrom(from canvas) {
	copy(c.Y, from.Y)
	copy(c.Cb, from.Cb)
	copy(c.Cr, from.Cr)
}

// fill paints the part of r that is on the canvas.
func (c canvas) fill(r image.Rectangle, k ink) {
	r = r.Intersect(c.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := c.Y[y*c.YStride:]
		for x := r.Min.X; x < r.Max.X; x++ {
			row[x] = k.y
		}
	}
	for y := r.Min.Y / 2; y < (r.Max.Y+1)/2; y++ {
		cb, cr := c.Cb[y*c.CStride:], c.Cr[y*c.CStride:]
		for x := r.Min.X / 2; x < (r.Max.X+1)/2; x++ {
			cb[x], cr[x] = k.cb, k.cr
		}
	}
}

// The size of a character cell at scale 1.
const (
	cellWidth  = 7
	cellHeight = 15
)

// text draws one line of ASCII with its upper left corner at (x, y), in
// brightness luma. Each pixel of the font is scale pixels wide. The text is
// clipped at the edge.
func (c canvas) text(x, y, scale int, s string, luma uint8) {
	face := basicfont.Face7x13
	for _, r := range s {
		_, mask, at, _, ok := face.Glyph(fixed.P(0, 0), r)
		if !ok {
			_, mask, at, _, _ = face.Glyph(fixed.P(0, 0), '?')
		}
		for row := range face.Height {
			for col := range face.Width {
				if _, _, _, alpha := mask.At(at.X+col, at.Y+row).RGBA(); alpha == 0 {
					continue
				}
				c.brighten(image.Rect(x+col*scale, y+row*scale, x+(col+1)*scale, y+(row+1)*scale), luma)
			}
		}
		x += cellWidth * scale
	}
}

// brighten sets the brightness and leaves the colour, whose resolution is too
// low for letters.
func (c canvas) brighten(r image.Rectangle, luma uint8) {
	r = r.Intersect(c.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c.Y[y*c.YStride+x] = luma
		}
	}
}

// wrap breaks s between words into lines of at most width characters; a
// longer word is broken anywhere.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		for len(word) > width {
			lines, word = append(lines, word[:width]), word[width:]
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
