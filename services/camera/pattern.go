package camera

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// pattern is a moving test picture: colour bars, a bar code and the number of
// the frame, the time of day to the hundredth, and a block that travels once
// around in two seconds. It needs no camera, and shows at a glance whether
// pictures are fresh, lost or stuck.
type pattern struct {
	about   description
	quality int
	still   canvas // what does not move
	drawn   canvas
	encoder *jpeg.Encoder
	file    [1][]byte
	period  time.Duration
	timer   *time.Timer
	due     time.Time
}

// openPattern opens a test picture. caption says why it is shown instead of a
// camera; it may be empty.
func openPattern(want settings, caption string) *pattern {
	width, height := pictureSize(want.width, want.height)
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
	// A frame that came late does not make the next one early by more than
	// a period: pictures are skipped, not hurried.
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

func (p *pattern) picture() (_ [][]byte, err error) {
	p.file[0], err = p.encoder.AppendYCbCr(p.file[0][:0], p.drawn.YCbCr, p.quality)
	return p.file[:], err
}

func (p *pattern) close() error {
	p.timer.Stop()
	p.encoder.Close()
	return nil
}

// barcodeBits is how much of a frame's number the bar code carries.
const barcodeBits = 32

// barcodeCell is the side of one bit. It is a multiple of JPEG's block, so
// that compression leaves it intact.
func barcodeCell(width int) int { return max(8, width/(barcodeBits+2)/16*16) }

// drawBarcode writes number into the upper left corner: 32 cells from the
// most significant bit on, white for 1, black for 0. A program that decodes
// the picture reads from it which frame it got, whatever the headers say.
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
