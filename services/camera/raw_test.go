package camera

import (
	"testing"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

func TestNearestSize(t *testing.T) {
	fixed := func(w, h int) sizeRange { return sizeRange{w, w, 0, h, h, 0} }
	webcam := []sizeRange{fixed(320, 180), fixed(640, 360), fixed(640, 480), fixed(1280, 720), fixed(1920, 1080)}
	steps := []sizeRange{{32, 1000, 8, 32, 600, 2}}
	for _, tc := range []struct {
		offers        []sizeRange
		width, height int
		wantW, wantH  int
	}{
		{webcam, 1280, 720, 1280, 720},
		{webcam, 1300, 700, 1280, 720},
		{webcam, 640, 480, 640, 480},
		{webcam, 0, 720, 1280, 720},
		{webcam, 1900, 0, 1920, 1080},
		{webcam, 9999, 9999, 1920, 1080},
		{steps, 641, 481, 640, 482},
		{steps, 5000, 5000, 1000, 600},
		{steps, 1, 1, 32, 32},
		{nil, 800, 600, 800, 600},
	} {
		if w, h := nearestSize(tc.offers, tc.width, tc.height); w != tc.wantW || h != tc.wantH {
			t.Errorf("%dx%d of %v: got %dx%d, want %dx%d", tc.width, tc.height, tc.offers, w, h, tc.wantW, tc.wantH)
		}
	}
}

func TestEveryUsableFormatCanBeServed(t *testing.T) {
	for _, f := range usableFormats() {
		width, height := preferredSize(f, settings{})
		e, err := rawFrame{format: f, width: width, height: height, stride: width * 3,
			colourStride: width}.newEncoder(jpeg.Turn{})
		if (err == nil) == f.compressed() {
			t.Errorf("%v: compressed by the camera %v, by us: %v", f, f.compressed(), err)
		}
		if err == nil {
			e.Close()
		}
		if w, h := preferredSize(f, settings{width: 800, height: 600}); w != 800 || h != 600 {
			t.Errorf("%v: asked for 800x600, prefers %dx%d", f, w, h)
		}
	}
}
