// Package picture draws pictures with characters: two pixels in each cell, one
// above the other, or characters of more and less ink where there are no colours.
// It also draws them in pixels, as Sixel.
package picture

import (
	"image"
	"image/color"
	"strconv"
	"strings"

	"golang.org/x/image/draw"
)

// Blocks draws a picture in at most cols x rows cells, as large as its shape
// allows, with half blocks in 24-bit colours. The library that draws the screen
// reduces these to the colours of the terminal. All lines have the same width.
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

// ink lists characters from the darkest to the brightest.
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

// scale resizes a picture to fit into width x height pixels. It keeps the shape,
// and the height is even. It is nil when nothing is left.
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

// coarse keeps five bits of each colour. Fewer cells change between two frames,
// and the difference is not visible.
func coarse(c color.RGBA) color.RGBA {
	five := func(v uint8) uint8 { return v&0xf8 | v>>5 }
	return color.RGBA{five(c.R), five(c.G), five(c.B), 255}
}

func triple(c color.RGBA) string {
	return strconv.Itoa(int(c.R)) + ";" + strconv.Itoa(int(c.G)) + ";" + strconv.Itoa(int(c.B))
}
