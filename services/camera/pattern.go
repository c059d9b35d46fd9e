package camera

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// patternType is the test pattern.
func patternType() sourceType {
	return sourceType{
		name:    "pattern",
		example: "`pattern`",
		docs: "colour bars, the time, and the number of the frame in figures and as a bar code " +
			"that a program can read",
		matches: exactly("pattern"),
		newOpener: func(_ string, want settings) (opener, error) {
			return func(context.Context) (source, error) { return openPattern(want, ""), nil }, nil
		},
	}
}

// pattern is a moving test pattern. It has colour bars and the time of day. The number
// of the frame is in it as figures and as a bar code. A block crosses the frame in two
// seconds. It needs no camera, and shows whether frames are fresh, lost or stuck.
type pattern struct {
	about   description
	quality int
	still   canvas // the parts that do not move
	drawn   canvas
	encoder *jpeg.Encoder
	file    [1][]byte
	period  time.Duration
	timer   *time.Timer
	due     time.Time
}

// openPattern opens a test pattern. caption says why it replaces a camera; it
// may be empty.
func openPattern(want settings, caption string) *pattern {
	width, height := frameSize(want.width, want.height)
	fps := min(max(want.fps, 0), 60)
	if fps == 0 {
		fps = 15
	}
	p := &pattern{
		about: description{Device: "pattern", Card: "test pattern", Format: "JPEG",
			Width: width, Height: height, FPS: float64(fps), Quality: want.quality, Note: caption},
		quality: want.quality,
		still:   newCanvas(width, height),
		drawn:   newCanvas(width, height),
		period:  time.Second / time.Duration(fps),
		due:     time.Now(),
		timer:   time.NewTimer(0),
	}
	p.drawStill(caption)
	p.encoder = newDrawingEncoder(p.drawn, want.turn)
	p.about.Width, p.about.Height = p.encoder.Size()
	return p
}

// bars are the EBU colour bars at 75 %.
func bars() []ink {
	return []ink{{191, 128, 128}, {169, 32, 144}, {134, 160, 32}, {112, 64, 48},
		{79, 192, 208}, {57, 96, 224}, {22, 224, 112}, {16, 128, 128}}
}

func (p *pattern) drawStill(caption string) {
	w, h := p.about.Width, p.about.Height
	p.still.fill(p.still.Rect, ink{24, 128, 128})
	for i, k := range bars() {
		p.still.fill(image.Rect(w*i/8, h/8, w*(i+1)/8, h*5/8), k)
	}
	scale := max(1, w/640)
	for i, line := range wrap(caption, (w-16)/(cellWidth*scale)) {
		p.still.text(8, h*5/8+4*scale+i*cellHeight*scale, scale, line, 160)
	}
}

func (p *pattern) describe() description { return p.about }

func (p *pattern) grab(ctx context.Context, number uint64) (time.Time, error) {
	select {
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	case <-p.timer.C:
	}
	now := time.Now()
	// After a late frame, frames are skipped; the next one is not early by more
	// than a period.
	if p.due = p.due.Add(p.period); p.due.Before(now) {
		p.due = now
	}
	p.timer.Reset(p.due.Sub(now))
	p.draw(number, now)
	return now, nil
}

func (p *pattern) draw(number uint64, now time.Time) {
	w, h := p.drawn.Rect.Dx(), p.drawn.Rect.Dy()
	p.drawn.copyFrom(p.still)
	drawBarcode(p.drawn, number)

	scale := max(1, w/213)
	p.drawn.text(8*scale/2, h*3/4, scale, now.Format("15:04:05.00"), 235)
	label := fmt.Sprintf("#%d", number)
	p.drawn.text(w-len(label)*cellWidth*scale-4*scale, h*3/4, scale, label, 235)

	side := h / 12
	phase := float64(now.UnixMilli()%2000) / 2000
	x := int(phase * float64(w+side))
	p.drawn.fill(image.Rect(x-side, h-side, x, h), ink{200, 90, 190})
}

func (p *pattern) frame() (_ [][]byte, err error) {
	p.file[0], err = p.encoder.AppendYCbCr(p.file[0][:0], p.drawn.YCbCr, p.quality)
	return p.file[:], err
}

func (p *pattern) close() error {
	p.timer.Stop()
	p.encoder.Close()
	return nil
}

// barcodeBits is how many bits of a frame's number the bar code has.
const barcodeBits = 32

// barcodeCell is the side of one bit in pixels. It is a multiple of JPEG's
// block, so that compression does not change it.
func barcodeCell(width int) int { return max(8, width/(barcodeBits+2)/16*16) }

// drawBarcode draws number into the upper left corner: 32 cells, the most
// significant bit first, white for 1, black for 0. A program that decodes the
// frame can read its number there.
func drawBarcode(c canvas, number uint64) {
	cell := barcodeCell(c.Rect.Dx())
	for i := range barcodeBits {
		k := ink{0, 128, 128}
		if number>>(barcodeBits-1-i)&1 == 1 {
			k.y = 255
		}
		c.fill(image.Rect(i*cell, 0, (i+1)*cell, cell), k)
	}
}
