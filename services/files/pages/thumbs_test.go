package pages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// quarters is a picture whose quarters are red, green, blue and white.
func quarters(w, h int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < w/2 && y < h/2:
				c = color.RGBA{255, 0, 0, 255}
			case y < h/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/2:
				c = color.RGBA{0, 0, 255, 255}
			}
			p.SetRGBA(x, y, c)
		}
	}
	return p
}

// exif is a segment that says how a picture is to be turned.
func exif(order binary.AppendByteOrder, turn int) []byte {
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	tiff = append(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x0100), 4), 1), 0, 0, 0, 0)
	tiff = append(order.AppendUint16(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x0112), 3), 1),
		uint16(turn)), 0, 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(segment)+2)), segment...)
}

// photograph is a JPEG with these segments after its first two bytes.
func photograph(t testing.TB, p image.Image, segments ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()[:2:2]
	for _, s := range segments {
		data = append(data, s...)
	}
	return append(data, out.Bytes()[2:]...)
}

// corners names the colours of a picture's quarters, line by line.
func corners(p image.Image) string {
	b := p.Bounds()
	name := ""
	for _, at := range [][2]int{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
		r, g, blue, _ := p.At(b.Min.X+b.Dx()*at[0]/4, b.Min.Y+b.Dy()*at[1]/4).RGBA()
		switch {
		case r > 0x8000 && g > 0x8000:
			name += "w"
		case r > 0x8000:
			name += "r"
		case g > 0x8000:
			name += "g"
		case blue > 0x8000:
			name += "b"
		}
	}
	return name
}

// serveThumb asks for the thumbnail of a file.
func serveThumb(t *testing.T, thumbs *Thumbnails, file string) (status int, body string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	w := httptest.NewRecorder()
	var refusal *semantics.Refusal
	if err := thumbs.Serve(w, parsed(t, "/?thumb"), f, info); errors.As(err, &refusal) {
		refusal.Send(w)
	} else if err != nil {
		t.Error(err)
	}
	return w.Code, w.Body.String()
}

func TestAThumbnailIsUprightAsTheCameraWasHeld(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.jpg")
	want := []string{"", "rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"}
	thumbs := NewThumbnails(transfer.NewLimits(0, 0))
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for turn := 1; turn <= 8; turn++ {
			if err := os.WriteFile(file, photograph(t, quarters(400, 200), exif(order, turn)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, body := serveThumb(t, thumbs, file)
			p, err := jpeg.Decode(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			w, h := thumbSize, thumbSize/2
			if turn >= 5 {
				w, h = h, w
			}
			if b := p.Bounds(); b.Dx() != w || b.Dy() != h || corners(p) != want[turn] {
				t.Errorf("turn %d: %dx%d %s, want %dx%d %s", turn, b.Dx(), b.Dy(), corners(p), w, h, want[turn])
			}
		}
	}
}

// A small file can stand for a picture of any size; none is decoded that would
// take more memory than there should be for it.
func TestAPictureOfTooManyPixelsIsNotDecoded(t *testing.T) {
	pngOf := func(w, h uint32) []byte { // a head and nothing else
		ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
		ihdr = append(ihdr, 8, 6, 0, 0, 0)
		out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
	}
	gifOf := func(w, h byte) []byte { return append([]byte("GIF89a\x00"), w, 0x00, h, 0, 0, 0) }
	jpegOf := func(w, h uint16, sof byte) []byte {
		data := photograph(t, quarters(16, 16))
		at := bytes.Index(data, []byte{0xff, 0xc0})
		data[at+1] = sof
		binary.BigEndian.PutUint16(data[at+5:], h)
		binary.BigEndian.PutUint16(data[at+7:], w)
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"huge.png":        {pngOf(60000, 60000), "too many pixels"},
		"wide.png":        {pngOf(1<<31-1, 1), "too many pixels"},
		"overflow.png":    {pngOf(1<<31-1, 1<<31-1), "no picture"},
		"huge.gif":        {gifOf(0xff, 0xff), "too many pixels"},
		"huge.jpg":        {jpegOf(65000, 65000, 0xc0), "too many pixels"},
		"progressive.jpg": {jpegOf(3000, 3000, 0xc2), "too many pixels"},
		"empty.jpg":       {nil, "no picture"},
		"text.png":        {[]byte("hello"), "no picture"},
		"cut.jpg":         {photograph(t, quarters(64, 64))[:300], "picture"},
		"page.webp":       {[]byte("RIFF\x20\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00\x00\x00\x00"), "picture"},
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		status, body := serveThumb(t, NewThumbnails(transfer.NewLimits(0, 0)), file)
		if status != 415 || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %q, want 415 with %q", name, status, body, c.want)
		}
	}
}

// However many ask: one picture is decoded at a time, and each gets it.
func TestManyThumbnailsAtOnce(t *testing.T) {
	root := t.TempDir()
	var moving bytes.Buffer
	if err := gif.Encode(&moving, quarters(300, 300), nil); err != nil {
		t.Fatal(err)
	}
	var still bytes.Buffer
	if err := png.Encode(&still, quarters(200, 600)); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"a.jpg": photograph(t, quarters(500, 300)), "b.gif": moving.Bytes(),
		"c.png": still.Bytes()} {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	thumbs := NewThumbnails(transfer.NewLimits(0, 0))
	var group sync.WaitGroup
	for i := range 18 { // the last one must not wait too long, on a slow machine either
		group.Go(func() {
			status, body := serveThumb(t, thumbs, filepath.Join(root, []string{"a.jpg", "b.gif", "c.png"}[i%3]))
			p, err := jpeg.Decode(strings.NewReader(body))
			if status != 200 || err != nil || corners(p) != "rgbw" {
				t.Errorf("%d, %v", status, err)
			}
		})
	}
	group.Wait()
}

// Whatever a file has in place of a JPEG's head: it is one of the eight ways.
func FuzzJPEGHead(f *testing.F) {
	for turn := range 10 {
		f.Add(photograph(f, quarters(8, 8), exif(binary.LittleEndian, turn)))
		f.Add(photograph(f, quarters(8, 8), exif(binary.BigEndian, turn)))
	}
	f.Add([]byte{0xff, 0xd8, 0xff, 0xff, 0xff, 0xe1, 0, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		head := readJPEGHead(data)
		if head.orientation < 1 || head.orientation > 8 {
			t.Errorf("turn %d", head.orientation)
		}
		if head.orientation != 1 && !bytes.Contains(data, []byte{0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(head.orientation), 0}) &&
			!bytes.Contains(data, []byte{0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(head.orientation)}) {
			t.Errorf("turn %d is nowhere in it", head.orientation)
		}
	})
}
