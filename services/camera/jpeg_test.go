package camera

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"testing"
	"testing/iotest"

	ourjpeg "github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// testJPEG is a small frame, a different one for each n.
func testJPEG(t testing.TB, n int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 16+n, 16))
	for i := range img.Pix {
		img.Pix[i] = byte(i * (n + 1))
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withThumbnail puts a whole JPEG file into a segment of another.
func withThumbnail(t testing.TB, outer, inner []byte) []byte {
	t.Helper()
	segment := append([]byte{0xFF, 0xE1, byte((len(inner) + 2) >> 8), byte(len(inner) + 2)}, inner...)
	return append(append(append([]byte{}, outer[:2]...), segment...), outer[2:]...)
}

func split(t testing.TB, r io.Reader) [][]byte {
	t.Helper()
	var all [][]byte
	s := newSplitter(r)
	for {
		p, err := s.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes.Clone(p))
	}
}

func TestSplitterFindsWholePicturesOnly(t *testing.T) {
	a, b := testJPEG(t, 0), testJPEG(t, 7)
	framed := withThumbnail(t, b, a)
	for name, tc := range map[string]struct {
		in   [][]byte
		want [][]byte
	}{
		"nothing":             {nil, nil},
		"one":                 {[][]byte{a}, [][]byte{a}},
		"one after the other": {[][]byte{a, b, a}, [][]byte{a, b, a}},
		"multipart headers": {[][]byte{[]byte("--x\r\nContent-Type: image/jpeg\r\n\r\n"), a, []byte("\r\n--x\r\n\r\n"),
			b}, [][]byte{a, b}},
		"garbage that looks like": {[][]byte{{0xFF, 0xD8, 0xFF, 0xD8, 0xFF, 0xE0, 0, 1}, a, {0xFF}, b, {0xFF, 0xD8, 0xFF}},
			[][]byte{a, b}},
		"cut off in its data":   {[][]byte{a[:len(a)-9], b}, [][]byte{b}},
		"cut off in its header": {[][]byte{a[:40], b}, [][]byte{b}},
		"the last cut off":      {[][]byte{a, b[:len(b)-1]}, [][]byte{a}},
		"a thumbnail inside":    {[][]byte{framed, a}, [][]byte{framed, a}},
		"text only":             {[][]byte{bytes.Repeat([]byte("no picture here "), 20000)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := bytes.Join(tc.in, nil)
			for kind, r := range map[string]io.Reader{"at once": bytes.NewReader(in),
				"in bits": iotest.HalfReader(bytes.NewReader(in))} {
				got := split(t, r)
				if len(got) != len(tc.want) {
					t.Fatalf("%s: %d pictures, want %d", kind, len(got), len(tc.want))
				}
				for i := range got {
					if !bytes.Equal(got[i], tc.want[i]) {
						t.Errorf("%s: picture %d is not the one that was put in", kind, i)
					}
				}
			}
		})
	}
}

func TestSplitterPassesOnReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := newSplitter(iotest.ErrReader(broken)).next(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// Whatever comes before a whole frame, the frame is found: the last one
// returned ends where the input ends. Each one alone is a frame and no more.
func FuzzSplitter(f *testing.F) {
	good := testJPEG(f, 3)
	f.Add([]byte{})
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(withThumbnail(f, good, good))
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xE0, 0x10, 0x00})
	f.Add([]byte("--boundary\r\nContent-Length: 12\r\n\r\n\xff\xd8\xff\xd9"))
	f.Fuzz(func(t *testing.T, before []byte) {
		in := append(bytes.Clone(before), good...)
		pictures := split(t, bytes.NewReader(in))
		if len(pictures) == 0 || !bytes.HasSuffix(in, pictures[len(pictures)-1]) {
			t.Fatalf("%d pictures; the one at the end was not found", len(pictures))
		}
		slowly := split(t, iotest.OneByteReader(bytes.NewReader(in)))
		if len(slowly) != len(pictures) {
			t.Fatalf("%d pictures at once, %d byte by byte", len(pictures), len(slowly))
		}
		for i, p := range pictures {
			if !bytes.HasPrefix(p, []byte{0xFF, 0xD8, 0xFF}) || !bytes.HasSuffix(p, []byte{0xFF, 0xD9}) {
				t.Fatalf("picture %d does not begin and end as one", i)
			}
			if n, v := frameLength(p); v != complete || n != len(p) || !bytes.Equal(p, slowly[i]) {
				t.Fatalf("picture %d: %d of %d bytes, %v", i, n, len(p), v)
			}
		}
	})
}

func TestCameraJPEGWithoutTablesIsMadeWhole(t *testing.T) {
	whole := testJPEG(t, 5)
	huffman := ourjpeg.AppendHuffman(nil)
	var bare []byte
	for at := 0; at < len(whole); { // take the tables out, as cameras do
		if whole[at] == 0xFF && whole[at+1] == markerDHT {
			at += 2 + int(whole[at+2])<<8 + int(whole[at+3])
			continue
		}
		bare = append(bare, whole[at])
		at++
	}
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err == nil {
		t.Fatal("the test's picture decodes without tables; it proves nothing")
	}
	padded := append(bytes.Clone(bare), make([]byte, 100)...)
	got, err := appendWhole(nil, padded, huffman)
	if err != nil {
		t.Fatal(err)
	}
	want, err := jpeg.Decode(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatalf("with tables added: %v", err)
	}
	if !bytes.Equal(img.(*image.Gray).Pix, want.(*image.Gray).Pix) || !bytes.HasSuffix(got, []byte{0xFF, 0xD9}) {
		t.Error("it is another picture, or the padding is still there")
	}
}

func TestCameraJPEGWithTablesPassesUnchangedAndBrokenOnesAreRefused(t *testing.T) {
	whole := testJPEG(t, 5)
	if got, err := appendWhole([]byte("x"), whole, ourjpeg.AppendHuffman(nil)); err != nil ||
		string(got) != "x"+string(whole) {
		t.Errorf("not passed unchanged: %v", err)
	}
	for name, data := range map[string][]byte{
		"empty": {}, "cut off": whole[:len(whole)-2], "header only": whole[:30], "no JPEG": []byte("hello, world"),
	} {
		if _, err := appendWhole(nil, data, ourjpeg.AppendHuffman(nil)); !errors.Is(err, errBrokenFrame) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzCameraJPEG(f *testing.F) {
	f.Add(testJPEG(f, 1))
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xC0, 0, 8, 8, 0, 1, 0, 1, 0, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9})
	huffman := ourjpeg.AppendHuffman(nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := appendWhole(nil, data, huffman)
		if err != nil {
			return
		}
		l, v := layoutJPEG(got)
		if v != complete || !l.huffman || !bytes.HasSuffix(got, []byte{0xFF, 0xD9}) {
			t.Fatalf("the result has no tables or no end: %v %+v", v, l)
		}
		if again, err := appendWhole(nil, got, huffman); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("the result is not stable: %v", err)
		}
	})
}

func appendWhole(dst, data, huffman []byte) ([]byte, error) {
	pieces, err := wholeJPEG(nil, data, huffman)
	return append(dst, bytes.Join(pieces, nil)...), err
}
