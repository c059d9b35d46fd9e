package logs

import (
	"bytes"
	"unicode/utf8"
)

// maxLine is where a longer line is split, in bytes.
const maxLine = 64 << 10

// mark shows where a line was split: at the end of a piece, and at the
// beginning of the next.
const mark = "…"

// splitter cuts a stream of bytes into lines.
type splitter struct {
	pending []byte // of the last line, whose newline has not come
	pieces  int    // of that line already emitted
}

// feed emits the lines that block completes, without their newlines. They may
// be slices of block, which the caller gives away.
func (s *splitter) feed(block []byte, emit func([]byte)) {
	for {
		i := bytes.IndexByte(block, '\n')
		if i < 0 {
			break
		}
		s.line(block[:i:i], emit)
		block = block[i+1:]
	}
	s.pending = append(s.pending, block...)
	for len(s.pending) > maxLine {
		n := s.cut()
		s.emit(bytes.Clone(s.pending[:n]), true, emit)
		s.pending = append(s.pending[:0], s.pending[n:]...)
	}
}

// line completes the pending line with tail.
func (s *splitter) line(tail []byte, emit func([]byte)) {
	if len(s.pending) == 0 && s.pieces == 0 && len(tail) <= maxLine {
		s.emit(tail, false, emit)
		s.pieces = 0
		return
	}
	s.pending = append(s.pending, tail...)
	for len(s.pending) > maxLine {
		n := s.cut()
		s.emit(bytes.Clone(s.pending[:n]), true, emit)
		s.pending = s.pending[n:]
	}
	if len(s.pending) > 0 { // else the pieces were the whole line
		s.emit(s.pending, false, emit)
	}
	s.pending, s.pieces = nil, 0
}

// cut says how much of the pending line makes a piece: maxLine bytes, or up to
// three fewer so that no UTF-8 sequence is torn.
func (s *splitter) cut() int {
	n := maxLine
	for back := 0; back < utf8.UTFMax-1 && !utf8.RuneStart(s.pending[n]); back++ {
		n--
	}
	if !utf8.RuneStart(s.pending[n]) {
		return maxLine // not UTF-8 in any case
	}
	return n
}

func (s *splitter) emit(text []byte, more bool, emit func([]byte)) {
	if !more {
		text = bytes.TrimSuffix(text, []byte{'\r'})
	}
	if s.pieces > 0 {
		text = append([]byte(mark), text...)
	}
	if more {
		text = append(text[:len(text):len(text)], mark...)
		s.pieces++
	}
	emit(text)
}

// open tells whether a line has begun and not ended.
func (s *splitter) open() bool { return len(s.pending) > 0 || s.pieces > 0 }

// finish emits the unterminated line, if there is one.
func (s *splitter) finish(emit func([]byte)) {
	if len(s.pending) > 0 {
		s.line(nil, emit)
	}
	s.pieces = 0
}
