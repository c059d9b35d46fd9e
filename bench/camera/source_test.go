//go:build linux && amd64

package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

func TestANumberIsReadFromWhatAServerMakesOfAPicture(t *testing.T) {
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, number := range []uint64{1, 0xA5A5A5A5, 1<<32 - 1} {
			data := bytes.Clone(s.data)
			s.sign(data, number)
			file := data
			if s.fourcc == "YUYV" {
				file = compressed(t, data)
			}
			if got, err := s.number(file); got != number || err != nil {
				t.Errorf("%s: wrote %d, read %d, %v", s.name, number, got, err)
			}
		}
	}
}

func TestAPictureThatWasNeverCapturedIsAnError(t *testing.T) {
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	_, clock := all[0].camera("/nowhere")
	if _, err := clock.captured(1); err == nil {
		t.Error("no error")
	}
	if _, err := all[0].number([]byte("no picture")); err == nil {
		t.Error("no error")
	}
}

// compressed is a raw picture as a server would serve it, in 4:2:0.
func compressed(t *testing.T, raw []byte) []byte {
	t.Helper()
	p := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range width * height {
		x, y := i%width, i/width
		p.Y[p.YOffset(x, y)] = raw[2*i]
		p.Cb[p.COffset(x, y)], p.Cr[p.COffset(x, y)] = raw[i/2*4+1], raw[i/2*4+3]
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, p, nil); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
