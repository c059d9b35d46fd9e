package camera

import (
	"fmt"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// rotated rotates or mirrors the JPEG files of another source. For sources
// without JPEG files, the encoder does that at no cost.
type rotated struct {
	source
	about   description
	turn    jpeg.Turn
	quality int
	joined  []byte
	encoder *jpeg.Encoder
	file    [1][]byte
}

// newRotated wraps src if the settings rotate or mirror its frames.
func newRotated(src source, want settings) source {
	if want.turn == (jpeg.Turn{}) {
		return src
	}
	about := src.describe()
	about.Quality = want.quality
	if want.turn.Rotate%180 != 0 {
		about.Width, about.Height = about.Height, about.Width
	}
	return &rotated{source: src, about: about, turn: want.turn, quality: want.quality}
}

func (t *rotated) describe() description { return t.about }

func (t *rotated) frame() ([][]byte, error) {
	pieces, err := t.source.frame()
	if err != nil {
		return nil, err
	}
	t.joined = appendFrom(t.joined[:0], pieces, 0)
	p, err := decodeYCbCr(t.joined)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBrokenFrame, err)
	}
	if t.encoder != nil {
		t.file[0], err = t.encoder.AppendYCbCr(t.file[0][:0], p, t.quality)
		if err == nil {
			return t.file[:], nil
		}
		t.encoder.Close() // the size or the kind of the frames changed
	}
	if t.encoder, err = jpeg.NewLike(p, t.turn, encodeWorkers()); err != nil {
		return nil, err
	}
	t.file[0], err = t.encoder.AppendYCbCr(t.file[0][:0], p, t.quality)
	return t.file[:], err
}

func (t *rotated) losses() losses {
	if l, ok := t.source.(interface{ losses() losses }); ok {
		return l.losses()
	}
	return losses{}
}

func (t *rotated) close() error {
	if t.encoder != nil {
		t.encoder.Close()
	}
	return t.source.close()
}
