package camera

import (
	"bytes"
	"errors"
	"io"
)

// maxPicture bounds one JPEG file in a recording, in bytes.
const maxPicture = 32 << 20

// splitter cuts a recording into JPEG files. Whatever lies between them
// (multipart headers, padding, half pictures) is skipped.
type splitter struct {
	r   io.Reader
	buf []byte
	at  int // the pictures before it were returned
	eof bool
}

func newSplitter(r io.Reader) *splitter { return &splitter{r: r} }

// next returns the next picture, valid until the call after, and io.EOF after
// the last.
func (s *splitter) next() ([]byte, error) {
	for {
		start := bytes.Index(s.buf[s.at:], []byte{0xFF, markerSOI, 0xFF})
		if start < 0 {
			s.at = max(s.at, len(s.buf)-2)
			if s.eof {
				return nil, io.EOF
			}
			if err := s.fill(); err != nil {
				return nil, err
			}
			continue
		}
		s.at += start
		length, v := pictureLength(s.buf[s.at:])
		switch {
		case v == complete:
			picture := s.buf[s.at : s.at+length]
			s.at += length
			return picture, nil
		case v == incomplete && !s.eof && len(s.buf)-s.at < maxPicture:
			if err := s.fill(); err != nil {
				return nil, err
			}
		default:
			s.at += 2 // no picture begins here; look further
		}
	}
}

// fill reads more, after what is done with was dropped. Each read at least
// doubles what is held, so that looking at it again costs no more than reading it.
func (s *splitter) fill() error {
	held := len(s.buf) - s.at
	grown := make([]byte, max(64<<10, 2*held))
	copy(grown, s.buf[s.at:])
	n, err := io.ReadFull(s.r, grown[held:])
	s.buf, s.at = grown[:held+n], 0
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.eof = true
		return nil
	}
	return err
}
