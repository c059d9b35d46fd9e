package picture

import (
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// undo draws what a Sixel sequence says.
func undo(t *testing.T, text string) *image.RGBA {
	t.Helper()
	head := regexp.MustCompile("^\x1bP0;1q\"1;1;(\\d+);(\\d+)").FindStringSubmatch(text)
	if head == nil || !strings.HasSuffix(text, "\x1b\\") {
		t.Fatalf("no sixel sequence: %.60q", text)
	}
	w, _ := strconv.Atoi(head[1])
	h, _ := strconv.Atoi(head[2])
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	colours := map[string]color.RGBA{}
	var now color.RGBA
	x, y := 0, 0
	body := strings.TrimSuffix(text[len(head[0]):], "\x1b\\")
	for _, m := range regexp.MustCompile(`#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|(\$)|(-)`).FindAllStringSubmatch(body, -1) {
		percent := func(s string) uint8 { n, _ := strconv.Atoi(s); return uint8(n * 255 / 100) }
		put := func(sign byte, count int) {
			for ; count > 0; count-- {
				for k := range 6 {
					if (sign-'?')&(1<<k) != 0 {
						img.SetRGBA(x, y+k, now)
					}
				}
				x++
			}
		}
		switch {
		case m[2] != "":
			colours[m[1]] = color.RGBA{percent(m[2]), percent(m[3]), percent(m[4]), 255}
		case m[1] != "":
			now = colours[m[1]]
		case m[5] != "":
			n, _ := strconv.Atoi(m[5])
			put(m[6][0], n)
		case m[7] != "":
			put(m[7][0], 1)
		case m[8] != "":
			x = 0
		case m[9] != "":
			x, y = 0, y+6
		}
	}
	return img
}

func TestSixelIsThePicture(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 120, 60))
	for i := range 120 * 60 {
		img.Set(i%120, i/120, color.RGBA{uint8(i % 120 * 2), uint8(i / 120 * 4), 128, 255})
	}
	text, w, h := Sixel(img, 240, 200)
	got := undo(t, text)
	if w != 240 || h != 120 || got.Bounds().Dx() != w || got.Bounds().Dy() != h {
		t.Fatalf("%dx%d, %v", w, h, got.Bounds())
	}
	// Dithered, squares of four by four have the mean of the picture's.
	for y := 0; y+8 <= h; y += 8 {
		for x := 0; x+8 <= w; x += 8 {
			var want, is [3]int
			for k := range 64 {
				a, b := img.RGBAAt((x+k%8)/2, (y+k/8)/2), got.RGBAAt(x+k%8, y+k/8)
				want[0], want[1], want[2] = want[0]+int(a.R), want[1]+int(a.G), want[2]+int(a.B)
				is[0], is[1], is[2] = is[0]+int(b.R), is[1]+int(b.G), is[2]+int(b.B)
			}
			for c := range 3 {
				if diff := (want[c] - is[c]) / 64; diff > 14 || diff < -14 {
					t.Fatalf("at %d,%d colour %d is off by %d", x, y, c, diff)
				}
			}
		}
	}
}

func TestSixelKeepsToItsRoom(t *testing.T) {
	for _, room := range [][2]int{{100, 50}, {50, 100}, {7, 6}, {1000, 12}} {
		text, w, h := Sixel(flat(64, 36, color.White), room[0], room[1])
		if text == "" || w > room[0] || h > room[1] || h%6 != 0 {
			t.Errorf("%v: %dx%d", room, w, h)
		}
	}
	if text, _, _ := Sixel(flat(4, 4, color.White), 10, 5); text != "" {
		t.Error("less than one band is drawn")
	}
}
