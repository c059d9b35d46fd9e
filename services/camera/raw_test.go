package camera

import (
	"errors"
	"image/color"
	"testing"
)

// rawBars is a picture of two halves, left red, right blue, in a format.
func rawBars(shape rawPicture) []byte {
	type ycc struct{ y, cb, cr byte }
	at := func(x int) ycc {
		rgb := [3]byte{200, 30, 30}
		if x >= shape.width/2 {
			rgb = [3]byte{30, 30, 200}
		}
		y, cb, cr := color.RGBToYCbCr(rgb[0], rgb[1], rgb[2])
		if !shape.fullRange {
			y = byte(16 + int(y)*219/255)
			cb = byte(128 + (int(cb)-128)*224/255)
			cr = byte(128 + (int(cr)-128)*224/255)
		}
		return ycc{y, cb, cr}
	}
	data := make([]byte, shape.stride*shape.height*2)
	for y := range shape.height {
		row := data[y*shape.stride:]
		for x := range shape.width {
			p := at(x)
			switch shape.format.String() {
			case "YUYV":
				row[x*2] = p.y
				row[x/2*4+1], row[x/2*4+3] = p.cb, p.cr
			case "UYVY":
				row[x*2+1] = p.y
				row[x/2*4], row[x/2*4+2] = p.cb, p.cr
			case "NV12":
				row[x] = p.y
				colours := data[shape.height*shape.stride+y/2*shape.stride:]
				colours[x/2*2], colours[x/2*2+1] = p.cb, p.cr
			case "GREY":
				row[x] = p.y
			}
		}
	}
	return data
}

func TestRawPicturesKeepTheirColours(t *testing.T) {
	for _, format := range []string{"YUYV", "UYVY", "NV12", "GREY"} {
		for _, full := range []bool{true, false} {
			shape := rawPicture{format: fourccOf(format), width: 64, height: 34, stride: 64*2 + 32, fullRange: full}
			e, err := newRawEncoder(shape, 95)
			if err != nil {
				t.Fatal(err)
			}
			data, err := e.encode(nil, rawBars(shape))
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			img := decode(t, data)
			for x, want := range map[int][3]int{10: {200, 30, 30}, 50: {30, 30, 200}} {
				if format == "GREY" {
					y, _, _ := color.RGBToYCbCr(byte(want[0]), byte(want[1]), byte(want[2]))
					want = [3]int{int(y), int(y), int(y)}
				}
				r, g, b, _ := img.At(x, 30).RGBA()
				for c, got := range []int{int(r >> 8), int(g >> 8), int(b >> 8)} {
					if abs(got-want[c]) > 6 {
						t.Errorf("%s, full range %v, column %d: got %d %d %d, want %v", format, full, x, r>>8, g>>8, b>>8, want)
					}
				}
			}
		}
	}
}

func TestRawPictureThatIsTooShortIsRefused(t *testing.T) {
	for _, format := range []string{"YUYV", "UYVY", "NV12", "GREY"} {
		shape := rawPicture{format: fourccOf(format), width: 33, height: 17, stride: 80}
		e, err := newRawEncoder(shape, 80)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.encode(nil, make([]byte, e.size())); err != nil {
			t.Errorf("%s: exactly one picture: %v", format, err)
		}
		if _, err := e.encode(nil, make([]byte, e.size()-1)); !errors.Is(err, errShortPicture) {
			t.Errorf("%s: one byte less: %v", format, err)
		}
	}
}

func TestRawShapesThatCannotBeAreRefused(t *testing.T) {
	for _, shape := range []rawPicture{
		{format: fourccOf("H264"), width: 64, height: 48, stride: 64},
		{format: fourccOf("YUYV"), width: 64, height: 48, stride: 127},
		{format: fourccOf("GREY"), width: 0, height: 48, stride: 64},
	} {
		if _, err := newRawEncoder(shape, 80); err == nil {
			t.Errorf("%+v was accepted", shape)
		}
	}
}

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
		if _, err := newRawEncoder(rawPicture{format: f, width: width, height: height, stride: width * 2}, 80); (err == nil) == f.compressed() {
			t.Errorf("%v: compressed by the camera %v, by us: %v", f, f.compressed(), err)
		}
		if w, h := preferredSize(f, settings{width: 800, height: 600}); w != 800 || h != 600 {
			t.Errorf("%v: asked for 800x600, prefers %dx%d", f, w, h)
		}
	}
}
