package camera

import (
	"image"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// placeholder draws a frame that says why there is no frame of the camera. Text
// that does not fit is omitted; /state has all of it.
func placeholder(width, height int, title, reason string) []byte {
	width, height = frameSize(width, height)
	c := newCanvas(width, height)
	c.fill(c.Rect, ink{y: 34, cb: 132, cr: 126})
	scale := max(1, width/320)
	margin := width / 16
	barWidth := 4 * scale
	c.fill(image.Rect(margin-3*barWidth, 0, margin-2*barWidth, height), ink{y: 150, cb: 64, cr: 184})

	lines := wrap(reason, (width-2*margin)/(cellWidth*scale))
	titleScale := scale + max(1, scale/2)
	total := cellHeight*titleScale + cellHeight*scale*(len(lines)+1)
	y := max(margin/2, (height-total)/2)
	c.text(margin, y, titleScale, title, 230)
	y += cellHeight*titleScale + cellHeight*scale/2
	for _, line := range lines {
		c.text(margin, y, scale, line, 165)
		y += cellHeight * scale
	}
	return mustEncode(c)
}

// newDrawingEncoder returns an encoder for drawn frames. It cannot fail: their
// size fits into JPEG, and turn was validated.
func newDrawingEncoder(c canvas, turn jpeg.Turn) *jpeg.Encoder {
	e, err := jpeg.NewLike(c.YCbCr, turn, encodeWorkers())
	if err != nil {
		panic(err)
	}
	return e
}

func mustEncode(c canvas) []byte {
	e := newDrawingEncoder(c, jpeg.Turn{})
	defer e.Close()
	data, err := e.AppendYCbCr(nil, c.YCbCr, defaultQuality)
	if err != nil {
		panic(err)
	}
	return data
}

// frameSize is the size of a drawn frame: the wanted size within readable limits,
// 640x360 by default.
func frameSize(width, height int) (int, int) {
	switch {
	case width <= 0 && height <= 0:
		width, height = 640, 360
	case width <= 0:
		width = height * 16 / 9
	case height <= 0:
		height = width * 9 / 16
	}
	return min(max(width, 320), 3840) &^ 1, min(max(height, 180), 2160) &^ 1
}
