package picture

import (
	"image"
	"image/color"
	"strconv"
	"strings"

	"golang.org/x/image/draw"
)

// The levels of red, green and blue. Terminals have at least 256 colours.
const (
	reds, greens, blues = 6, 7, 6
)

// bayer is the order in which the pixels of a square of sixteen get the next level,
// for ordered dithering: the eye sees a mixture of the two levels.
var bayer = [4][4]int{{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}

// Sixel draws a picture in at most width x height pixels in the format of DEC's
// terminals (VT330/VT340 Programmer Reference, chapter 14). It returns the whole
// sequence, from DCS to ST, and the size in pixels. The sequence is empty when
// there is no room.
func Sixel(img image.Image, width, height int) (text string, w, h int) {
	from := img.Bounds()
	if from.Dx() <= 0 || from.Dy() <= 0 || width <= 0 || height < 6 {
		return "", 0, 0
	}
	w, h = width, width*from.Dy()/from.Dx()
	if h > height {
		w, h = height*from.Dx()/from.Dy(), height
	}
	w, h = max(1, w), max(6, h/6*6)
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, from, draw.Src, nil)

	var b strings.Builder
	b.WriteString("\x1bP0;1q\"1;1;" + strconv.Itoa(w) + ";" + strconv.Itoa(h))
	palette(&b)
	for y := 0; y < h; y += 6 {
		band(&b, small, y)
	}
	b.WriteString("\x1b\\")
	return b.String(), w, h
}

// palette defines the colours, in percent of red, green and blue.
func palette(b *strings.Builder) {
	percent := func(level, levels int) string { return ";" + strconv.Itoa(level*100/(levels-1)) }
	n := 0
	for r := range reds {
		for g := range greens {
			for bl := range blues {
				b.WriteString("#" + strconv.Itoa(n) + ";2" + percent(r, reds) + percent(g, greens) + percent(bl, blues))
				n++
			}
		}
	}
}

// band writes six rows of pixels: for each colour in them a line of characters,
// whose six bits say which of the rows have it.
func band(b *strings.Builder, img *image.RGBA, top int) {
	width := img.Bounds().Dx()
	var rows [reds * greens * blues][]byte
	for x := range width {
		for k := range 6 {
			n := index(img.RGBAAt(x, top+k), x, top+k)
			if rows[n] == nil {
				rows[n] = make([]byte, width)
			}
			rows[n][x] |= 1 << k
		}
	}
	for n, row := range rows {
		if row == nil {
			continue
		}
		b.WriteString("#" + strconv.Itoa(n))
		for x := 0; x < width; {
			run := 1
			for x+run < width && row[x+run] == row[x] {
				run++
			}
			sign := row[x] + '?'
			if run > 3 {
				b.WriteString("!" + strconv.Itoa(run))
				b.WriteByte(sign)
			} else {
				for range run {
					b.WriteByte(sign)
				}
			}
			x += run
		}
		b.WriteByte('$')
	}
	b.WriteByte('-')
}

// index is the number of the colour of a pixel, dithered by its place.
func index(c color.RGBA, x, y int) int {
	threshold := bayer[y%4][x%4]
	level := func(v uint8, levels int) int {
		scaled := int(v) * (levels - 1) * 16
		return min((scaled/255+threshold)/16, levels-1)
	}
	return (level(c.R, reds)*greens+level(c.G, greens))*blues + level(c.B, blues)
}
