package jpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a picture with slopes in every component and an edge, which differs
// from itself however it is turned.
func scene(width, height int) func(x, y int) (r, g, b uint8) {
	return func(x, y int) (uint8, uint8, uint8) {
		u, v := float64(x)/float64(max(width, 96)), float64(y)/float64(max(height, 96))
		r := 60 + 120*u + 30*math.Sin(9*v)
		g := 50 + 100*v + 20*math.Sin(17*u)
		b := 200 - 120*u*v
		if x > width/2 && y > height/2 { // an edge in brightness; those in colour are not kept
			r, g, b = r-40, g-40, b-40
		}
		return uint8(r), uint8(g), uint8(b)
	}
}

// raw lays a scene out in memory as shape says, with rubbish in the padding.
func raw(s Shape) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, s.Size())
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	at := scene(s.Width, s.Height)
	ycc := func(x, y int) (uint8, uint8, uint8) {
		r, g, b := at(min(x, s.Width-1), min(y, s.Height-1))
		yy, cb, cr := color.RGBToYCbCr(r, g, b)
		if s.FullRange {
			return yy, cb, cr
		}
		return uint8(16 + int(yy)*219/255), uint8(128 + (int(cb)-128)*224/255), uint8(128 + (int(cr)-128)*224/255)
	}
	for y := range s.Height {
		row := data[y*s.Stride:]
		for x := range s.Width {
			yy, cb, cr := ycc(x, y)
			r, g, b := at(x, y)
			half := (s.Height + 1) / 2
			switch s.Format {
			case YUYV:
				row[2*x], row[x/2*4+1], row[x/2*4+3] = yy, cb, cr
			case UYVY:
				row[2*x+1], row[x/2*4], row[x/2*4+2] = yy, cb, cr
			case NV12:
				row[x] = yy
				c := data[s.Height*s.Stride+y/2*s.Stride:]
				c[x/2*2], c[x/2*2+1] = cb, cr
			case YU12:
				row[x] = yy
				data[s.Height*s.Stride+y/2*(s.Stride/2)+x/2] = cb
				data[s.Height*s.Stride+(half+y/2)*(s.Stride/2)+x/2] = cr
			case Grey:
				row[x] = yy
			case RGB24:
				row[3*x], row[3*x+1], row[3*x+2] = r, g, b
			case BGR24:
				row[3*x], row[3*x+1], row[3*x+2] = b, g, r
			}
		}
	}
	return data
}

func decode(t testing.TB, data []byte) image.Image {
	t.Helper()
	p, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("image/jpeg refuses the file: %v", err)
	}
	return p
}

// source says which pixel of the camera's picture is at x, y of the turned one.
func source(turn Turn, width, height, x, y int) (int, int) {
	turnedWidth, turnedHeight := width, height
	if turn.Rotate%180 != 0 {
		turnedWidth, turnedHeight = height, width
	}
	if turn.FlipH {
		x = turnedWidth - 1 - x
	}
	if turn.FlipV {
		y = turnedHeight - 1 - y
	}
	switch turn.Rotate {
	case 90:
		return y, height - 1 - x
	case 180:
		return width - 1 - x, height - 1 - y
	case 270:
		return width - 1 - y, x
	}
	return x, y
}

// compare checks a decoded picture against the scene, by its mean and its
// largest error.
func compare(t *testing.T, got image.Image, s Shape, turn Turn) {
	t.Helper()
	width, height := s.Width, s.Height
	if turn.Rotate%180 != 0 {
		width, height = height, width
	}
	if got.Bounds() != image.Rect(0, 0, width, height) {
		t.Fatalf("expected %dx%d, got %v", width, height, got.Bounds())
	}
	at, sum, n := scene(s.Width, s.Height), 0.0, 0.0
	for y := range height {
		for x := range width {
			r, g, b := at(source(turn, s.Width, s.Height, x, y))
			if s.Format == Grey {
				r, _, _ = color.RGBToYCbCr(r, g, b)
				g, b = r, r
			}
			c := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA)
			for _, d := range []int{int(c.R) - int(r), int(c.G) - int(g), int(c.B) - int(b)} {
				sum += float64(d * d)
				n++
			}
		}
	}
	if rms := math.Sqrt(sum / n); rms > 4 && width > 8 && height > 8 {
		t.Errorf("the picture is off by %.1f steps of 255 on average", rms)
	}
}

func formats() []Format { return []Format{YUYV, UYVY, NV12, YU12, Grey, RGB24, BGR24} }

func shapeOf(f Format, width, height, padding int, full bool) Shape {
	s := Shape{Format: f, Width: width, Height: height, FullRange: full}
	s.Stride = s.rowBytes() + padding
	return s
}

func TestPicturesOfEveryFormatSizeAndRangeKeepTheirColours(t *testing.T) {
	for _, f := range formats() {
		for _, size := range []image.Point{{64, 48}, {322, 182}, {33, 17}, {16, 16}, {8, 8}, {1, 1}, {2, 1}, {15, 31},
			{640, 480}} {
			for _, full := range []bool{true, false} {
				s := shapeOf(f, size.X, size.Y, 32, full)
				t.Run(fmt.Sprintf("%v %dx%d full range %v", f, size.X, size.Y, full), func(t *testing.T) {
					e, err := New(s, Turn{}, 2)
					if err != nil {
						t.Fatal(err)
					}
					defer e.Close()
					file, err := e.Append([]byte("before"), raw(s), 95)
					if err != nil || !bytes.HasPrefix(file, []byte("before")) {
						t.Fatalf("what was there is gone, or: %v", err)
					}
					compare(t, decode(t, file[len("before"):]), s, Turn{})
				})
			}
		}
	}
}

func TestPicturesAreTurnedAndMirrored(t *testing.T) {
	for _, f := range formats() {
		for _, rotate := range []int{0, 90, 180, 270} {
			for flips := range 4 {
				turn := Turn{rotate, flips&1 != 0, flips&2 != 0}
				s := shapeOf(f, 96, 64, 0, true)
				t.Run(fmt.Sprintf("%v %+v", f, turn), func(t *testing.T) {
					e, err := New(s, turn, 1)
					if err != nil {
						t.Fatal(err)
					}
					file, err := e.Append(nil, raw(s), 95)
					if err != nil {
						t.Fatal(err)
					}
					compare(t, decode(t, file), s, turn)
				})
			}
		}
	}
	if _, err := New(shapeOf(Grey, 8, 8, 0, true), Turn{Rotate: 45}, 1); err == nil {
		t.Error("45 degrees were accepted")
	}
}

func TestDecodedPicturesAreTurned(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422,
		image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411,
		image.YCbCrSubsampleRatio410} {
		p := image.NewYCbCr(image.Rect(0, 0, 96, 64), ratio)
		at := scene(96, 64)
		for y := range 64 {
			for x := range 96 {
				yy, cb, cr := color.RGBToYCbCr(at(x, y))
				p.Y[p.YOffset(x, y)], p.Cb[p.COffset(x, y)], p.Cr[p.COffset(x, y)] = yy, cb, cr
			}
		}
		turn := Turn{Rotate: 90, FlipH: true}
		if ratio == image.YCbCrSubsampleRatio411 || ratio == image.YCbCrSubsampleRatio410 {
			turn.Rotate = 180 // four to one upright is more than image/jpeg reads
		}
		e, err := NewLike(p, turn, 1)
		if err != nil {
			t.Fatal(err)
		}
		file, err := e.AppendYCbCr(nil, p, 95)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, decode(t, file), Shape{Format: YU12, Width: 96, Height: 64}, turn)
		if _, err := e.AppendYCbCr(nil, image.NewYCbCr(image.Rect(0, 0, 96, 65), ratio), 95); err == nil {
			t.Errorf("%v: a picture of another size was accepted", ratio)
		}
	}
}

// TestQualityIsThatOfTheStandardLibrary compares sizes and errors with
// image/jpeg at the same quality.
func TestQualityIsThatOfTheStandardLibrary(t *testing.T) {
	s := shapeOf(YU12, 320, 240, 0, true)
	data := raw(s)
	p := &image.YCbCr{Y: data[:320*240], Cb: data[320*240 : 320*240*5/4], Cr: data[320*240*5/4:],
		YStride: 320, CStride: 160, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, 320, 240)}
	e, err := New(s, Turn{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	distance := func(file []byte) float64 {
		q, sum := decode(t, file).(*image.YCbCr), 0.0
		for y := range 240 {
			for x := range 320 {
				d := float64(q.Y[q.YOffset(x, y)]) - float64(p.Y[p.YOffset(x, y)])
				sum += d * d
			}
		}
		return math.Sqrt(sum / (320 * 240))
	}
	for _, quality := range []int{1, 10, 25, 50, 75, 80, 90, 95, 100} {
		var want bytes.Buffer
		if err := stdjpeg.Encode(&want, p, &stdjpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		got, err := e.Append(nil, data, quality)
		if err != nil {
			t.Fatal(err)
		}
		if ratio := float64(len(got)) / float64(want.Len()); ratio < 0.9 || ratio > 1.05 {
			t.Errorf("quality %d: %d bytes, image/jpeg makes %d", quality, len(got), want.Len())
		}
		if ours, theirs := distance(got), distance(want.Bytes()); ours > 1.05*theirs+0.05 {
			t.Errorf("quality %d: off by %.3f, image/jpeg by %.3f", quality, ours, theirs)
		}
	}
}

func TestTablesAreThoseOfTheStandardLibrary(t *testing.T) {
	segments := func(file []byte) map[string]string {
		found := map[string]string{}
		for at := 2; file[at+1] != 0xDA; {
			n := int(file[at+2])<<8 | int(file[at+3])
			found[fmt.Sprintf("%x", file[at+1])] += string(file[at+4 : at+2+n])
			at += 2 + n
		}
		return found
	}
	e, err := New(shapeOf(YU12, 16, 16, 0, true), Turn{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, quality := range []int{1, 30, 80, 100} {
		var want bytes.Buffer
		if err := stdjpeg.Encode(&want, image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420),
			&stdjpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		file, err := e.Append(nil, make([]byte, 16*16*3/2), quality)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := segments(file), segments(want.Bytes())
		for _, marker := range []string{"db", "c4"} {
			if ours[marker] != theirs[marker] {
				t.Errorf("quality %d: segment %s differs", quality, marker)
			}
		}
	}
}

func TestStripsMakeTheSamePicture(t *testing.T) {
	s := shapeOf(YUYV, 1280, 720, 0, false)
	data := raw(s)
	var first image.Image
	for _, workers := range []int{1, 2, 3, 8} {
		e, err := New(s, Turn{}, workers)
		if err != nil {
			t.Fatal(err)
		}
		file, err := e.Append(nil, data, 80)
		if err != nil {
			t.Fatal(err)
		}
		if restarts := bytes.Contains(file, []byte{0xFF, 0xDD, 0, 4}); restarts != (workers > 1) {
			t.Errorf("%d workers: restart markers %v", workers, restarts)
		}
		got := decode(t, file)
		if first == nil {
			first = got
		} else if a, b := first.(*image.YCbCr), got.(*image.YCbCr); !bytes.Equal(a.Y, b.Y) || !bytes.Equal(a.Cb, b.Cb) ||
			!bytes.Equal(a.Cr, b.Cr) {
			t.Errorf("%d workers make another picture than one", workers)
		}
		e.Close()
	}
}

func TestExtremesStayDecodable(t *testing.T) {
	for _, f := range formats() {
		s := shapeOf(f, 48, 48, 0, false)
		for name, fill := range map[string]func(i int) byte{
			"black": func(int) byte { return 0 }, "white": func(int) byte { return 255 },
			"chequered": func(i int) byte { return byte(i%2) * 255 },
			"striped":   func(i int) byte { return byte(i/s.Stride%2) * 255 },
			"noise":     func(i int) byte { return byte(uint32(i*i) * 2654435761 >> 7) },
		} {
			data := make([]byte, s.Size())
			for i := range data {
				data[i] = fill(i)
			}
			for _, quality := range []int{-5, 1, 80, 100, 1000} {
				e, err := New(s, Turn{}, 1)
				if err != nil {
					t.Fatal(err)
				}
				file, err := e.Append(nil, data, quality)
				if err != nil {
					t.Fatal(err)
				}
				if got := decode(t, file).Bounds().Size(); got != image.Pt(48, 48) {
					t.Errorf("%v, %s, quality %d: %v", f, name, quality, got)
				}
			}
		}
	}
}

func TestShortDataAndImpossibleShapesAreRefused(t *testing.T) {
	for _, f := range formats() {
		s := shapeOf(f, 33, 17, 6, true)
		e, err := New(s, Turn{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Append(nil, make([]byte, s.Size()), 80); err != nil {
			t.Errorf("%v: exactly one picture: %v", f, err)
		}
		if dst, err := e.Append([]byte{1}, make([]byte, s.Size()-1), 80); !errors.Is(err, ErrShort) || len(dst) != 1 {
			t.Errorf("%v: one byte less: %v", f, err)
		}
	}
	for _, s := range []Shape{{}, {Format: 99, Width: 8, Height: 8, Stride: 8},
		{Format: Grey, Width: 0, Height: 8, Stride: 8},
		{Format: YUYV, Width: 8, Height: 8, Stride: 15}, {Format: Grey, Width: 8, Height: 70000, Stride: 8},
		{Format: Grey, Width: 8, Height: -1, Stride: 8}, {Format: Grey, Width: 8, Height: 8, Stride: 1 << 30}} {
		if _, err := New(s, Turn{}, 1); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

func TestPicturesAllocateNothing(t *testing.T) {
	for _, workers := range []int{1, 2} {
		s := shapeOf(YUYV, 1280, 720, 0, false)
		e, err := New(s, Turn{}, workers)
		if err != nil {
			t.Fatal(err)
		}
		data := raw(s)
		file, quality := []byte(nil), 80
		if n := testing.AllocsPerRun(5, func() {
			quality ^= 1 // another quality each time
			file, _ = e.Append(file[:0], data, quality)
		}); n > 0 {
			t.Errorf("%d workers: %v allocations for a picture", workers, n)
		}
		e.Close()
	}
}

// FuzzEncoder promises that image/jpeg reads whatever comes out, in the size
// that went in.
func FuzzEncoder(f *testing.F) {
	f.Add(uint8(YUYV), uint16(33), uint16(17), uint8(3), uint8(80), uint8(0), []byte("samples"))
	f.Add(uint8(RGB24), uint16(1), uint16(100), uint8(0), uint8(100), uint8(7), []byte{0, 255})
	f.Fuzz(func(t *testing.T, format uint8, width, height uint16, padding, quality, turn uint8, seed []byte) {
		s := shapeOf(Format(format%9), int(width%300), int(height%300), int(padding), padding%2 == 0)
		how := Turn{Rotate: int(turn%4) * 90, FlipH: turn&4 != 0, FlipV: turn&8 != 0}
		e, err := New(s, how, 1+int(turn>>6))
		if err != nil {
			return
		}
		defer e.Close()
		data := make([]byte, s.Size())
		for i := range data {
			if len(seed) > 0 {
				data[i] = seed[i%len(seed)] + byte(i/len(seed))*7
			}
		}
		file, err := e.Append(nil, data, int(quality))
		if err != nil {
			t.Fatal(err)
		}
		wantWidth, wantHeight := s.Width, s.Height
		if how.Rotate%180 != 0 {
			wantWidth, wantHeight = wantHeight, wantWidth
		}
		if got := decode(t, file).Bounds().Size(); got != image.Pt(wantWidth, wantHeight) {
			t.Errorf("expected %dx%d, got %v", wantWidth, wantHeight, got)
		}
	})
}

func BenchmarkEncoder(b *testing.B) {
	bench := func(f Format, turn Turn, workers int) {
		s := shapeOf(f, 1280, 720, 0, false)
		e, err := New(s, turn, workers)
		if err != nil {
			b.Fatal(err)
		}
		defer e.Close()
		data, rng := raw(s), rand.New(rand.NewPCG(3, 4))
		for i := range data {
			if data[i] > 24 && data[i] < 230 {
				data[i] += byte(rng.IntN(17)) - 8 // a lens's detail and noise
			}
		}
		b.Run(fmt.Sprintf("%v-720p-%dworkers-%d", f, workers, turn.Rotate), func(b *testing.B) {
			b.ReportAllocs()
			var file []byte
			for b.Loop() {
				file, _ = e.Append(file[:0], data, 80)
			}
			b.ReportMetric(float64(len(file))/1024, "KiB")
		})
	}
	for _, workers := range []int{1, 2} {
		for _, f := range formats() {
			bench(f, Turn{}, workers)
		}
		bench(YUYV, Turn{Rotate: 90}, workers)
	}
}
