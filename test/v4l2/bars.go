package main

import (
	"errors"
	"fmt"
	"image"
	"slices"
)

// bars is what vivid draws, from left to right: eight bars at 75 %.
type bars [8][3]int

const barHigh = 0xBE

// colours is vivid's picture as it is.
func colours() bars {
	const h, l = barHigh, 0
	return bars{{h, h, h}, {h, h, l}, {l, h, h}, {l, h, l}, {h, l, h}, {h, l, l}, {l, l, h}, {l, l, l}}
}

// mirrored is the picture with left and right exchanged.
func (b bars) mirrored() bars {
	slices.Reverse(b[:])
	return b
}

// grey is the brightness alone, which vivid computes after BT.709.
func (b bars) grey() bars {
	for i, c := range b {
		y := (2126*c[0] + 7152*c[1] + 722*c[2] + 5000) / 10000
		b[i] = [3]int{y, y, y}
	}
	return b
}

// in compares a picture with the bars, at three places in each, in nine rows.
// A wrong stride, a wrong offset of a plane, swapped chroma or a wrong range
// fails. (Vivid's upper part shows text.)
func (b bars) in(p picture, width, height int) error {
	const tolerance = 12
	if p.image == nil {
		return errors.New("there is no picture")
	}
	if got := p.image.Bounds().Size(); got != image.Pt(width, height) {
		return fmt.Errorf("expected %dx%d, got %v", width, height, got)
	}
	for i, want := range b {
		for _, quarter := range []int{1, 2, 3} {
			x := width*i/8 + width/8*quarter/4
			for row := range 9 {
				y := height*84/100 + (height*16/100-2)*row/8
				red, green, blue, _ := p.image.At(x, y).RGBA()
				got := [3]int{int(red >> 8), int(green >> 8), int(blue >> 8)}
				for c := range got {
					if max(got[c]-want[c], want[c]-got[c]) > tolerance {
						return fmt.Errorf("bar %d at %d,%d: expected %v, got %v", i+1, x, y, want, got)
					}
				}
			}
		}
	}
	return nil
}

// colourBars compares a picture with vivid's as it is.
func colourBars(p picture, width, height int) error { return colours().in(p, width, height) }
