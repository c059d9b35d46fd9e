package jpeg

import "image"

// plane locates the samples of one component: the one at x, y is
// data[offset+x*step+y*stride]. A picture is mirrored and rotated by other
// steps alone, so that turning it costs nothing.
type plane struct {
	data          []byte
	memory        int // of those that a picture lies in, which one data is
	offset        int
	step, stride  int
	width, height int // samples
	horizontal    int // sampling factors, A.1.1
	vertical      int
	chroma        bool
	mix           *mix // set where a sample is made of red, green and blue
}

// turned returns the plane with its picture rotated, then mirrored.
func (p plane) turned(t Turn) plane {
	switch t.Rotate {
	case 90: // the left column, read upwards, becomes the first row
		p.offset += (p.height - 1) * p.stride
		p.step, p.stride = -p.stride, p.step
	case 180:
		p.offset += (p.width-1)*p.step + (p.height-1)*p.stride
		p.step, p.stride = -p.step, -p.stride
	case 270:
		p.offset += (p.width - 1) * p.step
		p.step, p.stride = p.stride, -p.step
	}
	if t.Rotate == 90 || t.Rotate == 270 {
		p.width, p.height = p.height, p.width
		p.horizontal, p.vertical = p.vertical, p.horizontal
	}
	if t.FlipH {
		p.offset += (p.width - 1) * p.step
		p.step = -p.step
	}
	if t.FlipV {
		p.offset += (p.height - 1) * p.stride
		p.stride = -p.stride
	}
	return p
}

// appendPlanes describes the components of a picture of shape s.
func (s Shape) appendPlanes(to []plane) []plane {
	full := plane{step: 1, stride: s.Stride, width: s.Width, height: s.Height, horizontal: 1, vertical: 1}
	colour := plane{step: 1, stride: s.Stride, width: (s.Width + 1) / 2, height: s.Height,
		horizontal: 1, vertical: 1, chroma: true}
	chroma := func(step, stride, height, cb, cr int) []plane {
		colour.step, colour.stride, colour.height, colour.offset = step, stride, height, cb
		to = append(to, full, colour)
		colour.offset = cr
		return append(to, colour)
	}
	halfRows, luma := (s.Height+1)/2, s.Height*s.Stride
	switch s.Format {
	case YUYV:
		full.step, full.horizontal = 2, 2
		return chroma(4, s.Stride, s.Height, 1, 3)
	case UYVY:
		full.offset, full.step, full.horizontal = 1, 2, 2
		return chroma(4, s.Stride, s.Height, 0, 2)
	case NV12:
		full.horizontal, full.vertical = 2, 2
		return chroma(2, s.Stride, halfRows, luma, luma+1)
	case YU12:
		full.horizontal, full.vertical = 2, 2
		return chroma(1, s.Stride/2, halfRows, luma, luma+halfRows*(s.Stride/2))
	case NM12:
		full.horizontal, full.vertical = 2, 2
		colour.memory = 1
		return chroma(2, s.ColourStride, halfRows, 0, 1)
	case YM12:
		full.horizontal, full.vertical = 2, 2
		colour.memory = 1
		to = chroma(1, s.ColourStride, halfRows, 0, 0)
		to[len(to)-1].memory = 2
		return to
	case RGB24, BGR24:
		return s.appendMixed(to, full)
	}
	return append(to, full)
}

// ycbcrPlanes describes the components of a decoded picture.
func ycbcrPlanes(to []plane, p *image.YCbCr) []plane {
	size := p.Bounds().Size()
	horizontal, vertical := 1, 1
	switch p.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		horizontal = 2
	case image.YCbCrSubsampleRatio420:
		horizontal, vertical = 2, 2
	case image.YCbCrSubsampleRatio440:
		vertical = 2
	case image.YCbCrSubsampleRatio411:
		horizontal = 4
	case image.YCbCrSubsampleRatio410:
		horizontal, vertical = 4, 2
	}
	colour := plane{data: p.Cb, step: 1, stride: p.CStride, horizontal: 1, vertical: 1, chroma: true,
		width: (size.X + horizontal - 1) / horizontal, height: (size.Y + vertical - 1) / vertical}
	luma := plane{data: p.Y, step: 1, stride: p.YStride, width: size.X, height: size.Y,
		horizontal: horizontal, vertical: vertical}
	to = append(to, luma, colour)
	colour.data = p.Cr
	return append(to, colour)
}
