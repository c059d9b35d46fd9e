package picture

import (
	"image"
	"image/color"
	"strconv"
	"strings"

	"golang.org/x/image/draw"
)

// The colours of Sixel: so many levels of red, green and blue. Terminals have
// 256 at least.
const (
	reds, greens, blues = 6, 7, 6
)

// bayer is the order in which the pixels of a square of sixteen take the next
// level: between two levels the eye sees the mixture.
var bayer = [4][4]int{{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}

// Sixel draws a picture in at most width x height pixels as DEC's terminals
// took it (Sixel Graphics, VT330/VT340 Programmer Reference, chapter 14): the
// whole sequence, from DCS to ST, and its size in pixels. It is empty when
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

// palette names the colours, in percent.
func palette(b *strings.Builder) {
	n := 0
	for r := range reds {
		for g := range greens {
			for bl := range blues {
				b.WriteString("#" + strconv.Itoa(n) + ";2;" + strconv.Itoa(r*100/(reds-1)) + ";" + strconv.Itoa(g*100/(greens-1)) + ";" + strconv.Itoa(bl*100/(blues-1)))
				n++
			}
		}
	}
}

// band writes six rows: for each colour in them a row of signs, whose six bits
// say which of the rows have it.
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
