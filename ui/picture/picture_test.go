package picture

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func flat(w, h int, c color.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.Set(i%w, i/w, c)
	}
	return img
}

func TestAPictureKeepsItsShapeAndFits(t *testing.T) {
	for _, c := range []struct{ w, h, cols, rows, wide, high int }{
		{1280, 720, 80, 40, 80, 23},
		{1280, 720, 80, 10, 36, 10},
		{640, 480, 40, 40, 40, 15},
		{10, 1000, 40, 20, 1, 20},
		{1000, 10, 40, 20, 40, 1},
	} {
		for name, draw := range map[string]func(image.Image, int, int) []string{"blocks": Blocks, "ramp": Ramp} {
			lines := draw(flat(c.w, c.h, color.White), c.cols, c.rows)
			if len(lines) != c.high || ansi.StringWidth(lines[0]) != c.wide {
				t.Errorf("%s of %dx%d in %dx%d cells: %d lines of %d", name, c.w, c.h, c.cols, c.rows, len(lines),
					ansi.StringWidth(lines[0]))
			}
		}
	}
}

func TestColoursAreThoseOfThePicture(t *testing.T) {
	lines := Blocks(flat(8, 8, color.RGBA{255, 0, 0, 255}), 4, 4)
	if !strings.HasPrefix(lines[0], "\x1b[38;2;255;0;0;48;2;255;0;0m    ") {
		t.Errorf("%q", lines[0])
	}
	two := image.NewRGBA(image.Rect(0, 0, 1, 2))
	two.Set(0, 0, color.White)
	if got := Blocks(two, 1, 1)[0]; !strings.HasPrefix(got, "\x1b[38;2;255;255;255;48;2;0;0;0m▀") {
		t.Errorf("white over black is %q", got)
	}
	if got := Ramp(flat(8, 8, color.White), 4, 4)[0]; got != "@@@@" {
		t.Errorf("white is %q", got)
	}
	if got := Ramp(flat(8, 8, color.Black), 4, 4)[0]; got != "    " {
		t.Errorf("black is %q", got)
	}
}

func TestNoRoomIsNoPicture(t *testing.T) {
	for _, size := range [][2]int{{0, 5}, {5, 0}, {-1, -1}} {
		if got := Blocks(flat(4, 4, color.White), size[0], size[1]); got != nil {
			t.Errorf("%v: %q", size, got)
		}
	}
	if got := Blocks(image.NewRGBA(image.Rect(0, 0, 0, 0)), 5, 5); got != nil {
		t.Errorf("an empty picture: %q", got)
	}
}
