package camera

import (
	"bytes"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"sync"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// inQuality returns the frame encoded in another quality, valid until release.
// A frame is decoded once, and encoded once per quality.
func (f *frame) inQuality(quality int) ([]byte, error) {
	f.again.Lock()
	defer f.again.Unlock()
	if data, ok := f.others[quality]; ok {
		return data, nil
	}
	if f.decoded == nil {
		p, err := decodeYCbCr(f.data)
		if err != nil {
			return nil, err
		}
		f.decoded = p
	}
	var room []byte
	if n := len(f.spare); n > 0 {
		room, f.spare = f.spare[n-1], f.spare[:n-1]
	}
	data, err := f.pool.encoder.append(room, f.decoded, quality)
	if err != nil {
		return nil, err
	}
	if f.others == nil {
		f.others = map[int][]byte{}
	}
	f.others[quality] = data
	return data, nil
}

// maxSpare bounds the buffers that a frame keeps for other qualities.
const maxSpare = 2

// reset prepares the memory for another frame.
func (f *frame) reset() {
	for _, data := range f.others {
		if len(f.spare) < maxSpare {
			f.spare = append(f.spare, data[:0])
		}
	}
	clear(f.others)
	f.decoded = nil
}

// requalityEncoder encodes decoded frames and keeps its encoder between them.
type requalityEncoder struct {
	mu      sync.Mutex
	encoder *jpeg.Encoder // with one worker, so it needs no Close
}

func (e *requalityEncoder) append(dst []byte, p *image.YCbCr, quality int) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.encoder != nil {
		if data, err := e.encoder.AppendYCbCr(dst, p, quality); err == nil {
			return data, nil
		} // fails if the size or the kind of the frames changed
	}
	var err error
	if e.encoder, err = jpeg.NewLike(p, jpeg.Turn{}, 1); err != nil {
		return nil, err
	}
	return e.encoder.AppendYCbCr(dst, p, quality)
}

func (e *requalityEncoder) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.encoder = nil
}

// decodeYCbCr decodes a camera's JPEG file.
func decodeYCbCr(file []byte) (*image.YCbCr, error) {
	decoded, err := stdjpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("cannot decode the camera's picture: %w", err)
	}
	switch p := decoded.(type) {
	case *image.YCbCr:
		return p, nil
	case *image.Gray:
		grey := bytes.Repeat([]byte{128}, (p.Stride+1)/2*((p.Rect.Dy()+1)/2))
		return &image.YCbCr{Y: p.Pix, YStride: p.Stride, Cb: grey, Cr: grey, CStride: (p.Stride + 1) / 2,
			SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: p.Rect}, nil
	}
	return nil, fmt.Errorf("the camera's pictures are in colours of another kind (%T)", decoded)
}
