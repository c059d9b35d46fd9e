// Package picture draws pictures with letters: two pixels in each cell, one
// above the other, or signs of more and less ink where there are no colours.
package picture

import (
	"image"
	"image/color"
	"strconv"
	"strings"

	"golang.org/x/image/draw"
)

// Blocks draws a picture in at most cols x rows cells, as large as its shape
// allows, with half blocks in 24-bit colours; the terminal's library reduces
// them to what the terminal has. It returns as many lines as it needs, all of
// the same width.
func Blocks(img image.Image, cols, rows int) []string {
	small := scale(img, cols, rows*2)
	if small == nil {
		return nil
	}
	b := small.Bounds()
	lines := make([]string, 0, (b.Dy()+1)/2)
	for y := 0; y < b.Dy(); y += 2 {
		var line strings.Builder
		var before [2]color.RGBA
		for x := 0; x < b.Dx(); x++ {
			upper, lower := coarse(small.RGBAAt(x, y)), coarse(small.RGBAAt(x, y+1))
			if now := [2]color.RGBA{upper, lower}; x == 0 || now != before {
				line.WriteString("\x1b[38;2;" + triple(upper) + ";48;2;" + triple(lower) + "m")
				before = now
			}
			if upper == lower { // many fonts leave a seam around a block
				line.WriteByte(' ')
			} else {
				line.WriteString("▀")
			}
		}
		line.WriteString("\x1b[m")
		lines = append(lines, line.String())
	}
	return lines
}

// ink is signs of ASCII, the darkest first.
const ink = " .:-=+*#%@"

// Ramp draws a picture without colours, in at most cols x rows cells.
func Ramp(img image.Image, cols, rows int) []string {
	small := scale(img, cols, rows*2)
	if small == nil {
		return nil
	}
	b := small.Bounds()
	var lines []string
	for y := 0; y < b.Dy(); y += 2 {
		line := make([]byte, b.Dx())
		for x := range line {
			light := (int(luma(small.RGBAAt(x, y))) + int(luma(small.RGBAAt(x, y+1)))) / 2
			line[x] = ink[light*(len(ink)-1)/255]
		}
		lines = append(lines, string(line))
	}
	return lines
}

func luma(c color.RGBA) uint8 { return color.GrayModel.Convert(c).(color.Gray).Y }

// scale makes a picture as large as fits in width x height pixels, an even
// number of them high, in its own shape; nil when nothing is left of it.
func scale(img image.Image, width, height int) *image.RGBA {
	from := img.Bounds()
	if from.Dx() <= 0 || from.Dy() <= 0 || width <= 0 || height <= 0 {
		return nil
	}
	w, h := width, (width*from.Dy()+from.Dx()/2)/from.Dx()
	if h > height {
		w, h = (height*from.Dx()+from.Dy()/2)/from.Dy(), height
	}
	w, h = max(1, min(w, width)), max(2, (h+1)/2*2)
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(to, to.Bounds(), img, from, draw.Src, nil)
	return to
}

// coarse leaves five bits of each colour: fewer cells change from one picture
// to the next, and nobody sees the difference.
func coarse(c color.RGBA) color.RGBA {
	five := func(v uint8) uint8 { return v&0xf8 | v>>5 }
	return color.RGBA{five(c.R), five(c.G), five(c.B), 255}
}

func triple(c color.RGBA) string {
	return strconv.Itoa(int(c.R)) + ";" + strconv.Itoa(int(c.G)) + ";" + strconv.Itoa(int(c.B))
}
