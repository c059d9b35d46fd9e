//go:build linux && amd64

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/test/fakecam"
)

const (
	width, height = 1280, 720
	fps           = 30
	// A raw picture carries its number as black and white cells at the top.
	cell, bits = 16, 32
)

// source is one kind of camera. Each server gets one of its own, with the same
// pictures at the same rate.
type source struct {
	name   string // for people
	fourcc string
	data   []byte // of every picture, but for the number
}

// scene is a picture with about as much detail as a room has.
func scene() *image.YCbCr {
	random := rand.New(rand.NewPCG(1, 2))
	p := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio422)
	for y := range height {
		for x := range width {
			p.Y[p.YOffset(x, y)] = byte(40 + (x/40*23+y/36*41)%120 + x*40/width + random.IntN(14))
			p.Cb[p.COffset(x, y)] = byte(108 + (x/80*17)%40)
			p.Cr[p.COffset(x, y)] = byte(108 + (y/72*13)%40)
		}
	}
	return p
}

func sources() ([]source, error) {
	p := scene()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, p, &jpeg.Options{Quality: 80}); err != nil {
		return nil, err
	}
	// SOI, COM with the number
	compressed := append(bytes.Clone(file.Bytes()[:2]), 0xFF, 0xFE, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0)
	compressed = append(compressed, file.Bytes()[2:]...)
	raw := make([]byte, 0, 2*width*height)
	for y := range height {
		for x := 0; x < width; x += 2 {
			i, c := p.YOffset(x, y), p.COffset(x, y)
			raw = append(raw, p.Y[i], p.Cb[c], p.Y[i+1], p.Cr[c])
		}
	}
	return []source{{fmt.Sprintf("MJPEG, %d KiB", len(compressed)>>10), "MJPG", compressed}, {"YUYV", "YUYV", raw}}, nil
}

// camera makes a camera of s at path, and the clock that knows its pictures.
func (s source) camera(path string) (*fakecam.Camera, *clock) {
	captured := &clock{at: map[uint64]time.Time{}}
	data := bytes.Clone(s.data)
	return &fakecam.Camera{Path: path, Card: "bench", FPS: fps, Delivered: captured.note,
		Formats: []fakecam.Format{{FourCC: s.fourcc, Width: width, Height: height}},
		Picture: func(_ fakecam.Format, number uint64) fakecam.Buffer {
			s.sign(data, number)
			return fakecam.Buffer{Data: data}
		}}, captured
}

// sign writes the number into a picture.
func (s source) sign(data []byte, number uint64) {
	if s.fourcc == "MJPG" {
		binary.BigEndian.PutUint64(data[6:], number)
		return
	}
	for y := range cell {
		for x := range bits * cell {
			data[2*(y*width+x)] = byte(16 + 219*(number>>(x/cell)&1))
			data[2*(y*width+x)+1] = 128
		}
	}
}

// number reads it from a file that a server made of the picture.
func (s source) number(file []byte) (uint64, error) {
	if s.fourcc == "MJPG" {
		at := bytes.Index(file[:min(len(file), 4096)], []byte{0xFF, 0xFE, 0, 10})
		if at < 0 || at+12 > len(file) {
			return 0, errors.New("a picture without its number was served")
		}
		return binary.BigEndian.Uint64(file[at+4:]), nil
	}
	top, err := topRows(file)
	if err != nil {
		return 0, err
	}
	var number uint64
	for i := range bits {
		if color.GrayModel.Convert(top.At(i*cell+cell/2, cell/2)).(color.Gray).Y > 127 {
			number |= 1 << i
		}
	}
	return number, nil
}

// topRows decodes only the rows of a picture that show the number. It changes the
// height in the header to that.
func topRows(file []byte) (image.Image, error) {
	short := bytes.Clone(file[:len(file)/4])
	for at := 2; at+9 < len(short) && short[at] == 0xFF &&
		short[at+1] != 0xDA; at += 2 + int(binary.BigEndian.Uint16(short[at+2:])) {
		if short[at+1] == 0xC0 || short[at+1] == 0xC1 {
			binary.BigEndian.PutUint16(short[at+5:], cell)
		}
	}
	return jpeg.Decode(bytes.NewReader(append(short, 0xFF, 0xD9)))
}

// clock knows when each picture was captured.
type clock struct {
	mu sync.Mutex
	at map[uint64]time.Time
}

func (c *clock) note(number uint64, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at[number] = at
}

// captured is when the picture with this number was.
func (c *clock) captured(number uint64) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.at[number]
	if !ok {
		return at, fmt.Errorf("picture %d was served, which was never captured", number)
	}
	return at, nil
}
