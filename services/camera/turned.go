package camera

import (
	"fmt"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// turned is a source whose pictures are rotated or mirrored here, since it
// delivers JPEG files. Uncompressed pictures are turned while they are
// compressed, at no cost.
type turned struct {
	source
	about   description
	turn    jpeg.Turn
	quality int
	joined  []byte
	encoder *jpeg.Encoder
	file    [1][]byte
}

// newTurned wraps src if there is anything to turn.
func newTurned(src source, want settings) source {
	if want.turn == (jpeg.Turn{}) {
		return src
	}
	about := src.describe()
	about.Quality = want.quality
	if want.turn.Rotate%180 != 0 {
		about.Width, about.Height = about.Height, about.Width
	}
	return &turned{source: src, about: about, turn: want.turn, quality: want.quality}
}

func (t *turned) describe() description { return t.about }

func (t *turned) picture() ([][]byte, error) {
	pieces, err := t.source.picture()
	if err != nil {
		return nil, err
	}
	t.joined = appendFrom(t.joined[:0], pieces, 0)
	p, err := decodeYCbCr(t.joined)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBrokenPicture, err)
	}
	if t.encoder != nil {
		t.file[0], err = t.encoder.AppendYCbCr(t.file[0][:0], p, t.quality)
		if err == nil {
			return t.file[:], nil
		}
		t.encoder.Close() // the pictures have changed their size or kind
	}
	if t.encoder, err = jpeg.NewLike(p, t.turn, encodeWorkers()); err != nil {
		return nil, err
	}
	t.file[0], err = t.encoder.AppendYCbCr(t.file[0][:0], p, t.quality)
	return t.file[:], err
}

func (t *turned) losses() losses {
	if l, ok := t.source.(interface{ losses() losses }); ok {
		return l.losses()
	}
	return losses{}
}

func (t *turned) close() error {
	if t.encoder != nil {
		t.encoder.Close()
	}
	return t.source.close()
}
