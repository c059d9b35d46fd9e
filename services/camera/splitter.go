package camera

import (
	"bytes"
	"errors"
	"io"
)

// maxPicture bounds one JPEG file in a recording, in bytes.
const maxPicture = 32 << 20

// splitter cuts a recording into JPEG files. Whatever lies between them
// (multipart headers, padding, half frames) is skipped.
type splitter struct {
	r   io.Reader
	buf []byte
	at  int // the frames before it were returned
	eof bool
}

func newSplitter(r io.Reader) *splitter { return &splitter{r: r} }

// next returns the next frame, valid until the call after, and io.EOF after
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
			data := s.buf[s.at : s.at+length]
			s.at += length
			return data, nil
		case v == incomplete && !s.eof && len(s.buf)-s.at < maxPicture:
			if err := s.fill(); err != nil {
				return nil, err
			}
		default:
			s.at += 2 // no frame begins here; look further
		}
	}
}

// ready returns another frame that was read already, if there is one.
func (s *splitter) ready() ([]byte, bool) {
	start := bytes.Index(s.buf[s.at:], []byte{0xFF, markerSOI, 0xFF})
	if start < 0 {
		return nil, false
	}
	length, v := pictureLength(s.buf[s.at+start:])
	if v != complete {
		return nil, false
	}
	s.at += start + length
	return s.buf[s.at-length : s.at], true
}

// fill reads what there is, after what is done with was dropped. It does not
// wait for more, since on a network the next frame comes late.
func (s *splitter) fill() error {
	held := len(s.buf) - s.at
	if cap(s.buf)-held < minRead || s.at == 0 && len(s.buf) == cap(s.buf) {
		grown := make([]byte, held, max(64<<10, 2*held+minRead))
		copy(grown, s.buf[s.at:])
		s.buf = grown
	} else {
		s.buf = s.buf[:copy(s.buf[:held], s.buf[s.at:])]
	}
	s.at = 0
	n, err := s.r.Read(s.buf[held:cap(s.buf)])
	s.buf = s.buf[:held+n]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.eof = true
		return nil
	}
	return err
}

// minRead is room for a read that is worth its while.
const minRead = 16 << 10
