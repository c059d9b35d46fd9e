package camera

import (
	"bytes"
	"errors"
	"io"
)

// maxFrame bounds one JPEG file in a recording, in bytes.
const maxFrame = 32 << 20

// splitter splits a recording into JPEG files. It skips everything between them:
// multipart headers, padding, truncated frames.
type splitter struct {
	r   io.Reader
	buf []byte
	at  int // offset behind the last returned frame
	eof bool
}

func newSplitter(r io.Reader) *splitter { return &splitter{r: r} }

// next returns the next frame, valid until the next call. After the last frame it
// returns io.EOF.
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
		length, v := frameLength(s.buf[s.at:])
		switch {
		case v == complete:
			data := s.buf[s.at : s.at+length]
			s.at += length
			return data, nil
		case v == incomplete && !s.eof && len(s.buf)-s.at < maxFrame:
			if err := s.fill(); err != nil {
				return nil, err
			}
		default:
			s.at += 2 // no frame begins here
		}
	}
}

// ready returns the next frame if it is in the buffer already.
func (s *splitter) ready() ([]byte, bool) {
	start := bytes.Index(s.buf[s.at:], []byte{0xFF, markerSOI, 0xFF})
	if start < 0 {
		return nil, false
	}
	length, v := frameLength(s.buf[s.at+start:])
	if v != complete {
		return nil, false
	}
	s.at += start + length
	return s.buf[s.at-length : s.at], true
}

// fill drops the returned frames and reads once. It does not wait for a full
// buffer: on a network, the next frame may come late.
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

// minRead is the smallest useful size of a read, in bytes.
const minRead = 16 << 10
