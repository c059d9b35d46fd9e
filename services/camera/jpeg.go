package camera

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The markers of ISO/IEC 10918-1, Annex B, that separate the parts of a frame.
const (
	markerTEM  = 0x01
	markerSOF0 = 0xC0 // to 0xCF, but for DHT, JPG and DAC
	markerDHT  = 0xC4
	markerJPG  = 0xC8
	markerDAC  = 0xCC
	markerRST0 = 0xD0 // to RST7, 0xD7
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
)

// jpegLayout describes the segments of a JPEG file.
type jpegLayout struct {
	width, height int
	huffman       bool // it has Huffman tables
	scan          int  // offset of the first SOS marker
}

// verdict judges the beginning of a file.
type verdict int

const (
	broken     verdict = iota // no continuation makes it a JPEG file
	incomplete                // it may become one with more bytes
	complete
)

// layoutJPEG reads the segments from SOI to the first SOS.
func layoutJPEG(data []byte) (jpegLayout, verdict) {
	var l jpegLayout
	at := 2
	for {
		marker, next, v := segment(data, at)
		if v != complete {
			return l, v
		}
		body := data[min(at+4, next):next]
		switch {
		case marker == markerDHT:
			l.huffman = true
		case isSOF(marker):
			if len(body) < 6 {
				return l, broken
			}
			l.height = int(binary.BigEndian.Uint16(body[1:]))
			l.width = int(binary.BigEndian.Uint16(body[3:]))
			if l.width == 0 || l.height == 0 {
				return l, broken
			}
		case marker == markerSOS:
			if l.width == 0 {
				return l, broken
			}
			l.scan = at
			return l, complete
		}
		at = next
	}
}

// frameLength finds the end of the JPEG file that data begins with. It
// follows the segments and the entropy-coded data, so that a thumbnail inside
// a segment neither starts nor ends a frame.
func frameLength(data []byte) (int, verdict) {
	l, v := layoutJPEG(data)
	if v != complete {
		return 0, v
	}
	at := l.scan
	for {
		marker, next, v := segment(data, at)
		if v != complete {
			return 0, v
		}
		if marker == markerEOI {
			return next, complete
		}
		at = next
		if marker != markerSOS {
			continue
		}
		if at, v = entropyEnd(data, at); v != complete {
			return 0, v
		}
	}
}

// segment reads the marker at offset at and returns where the next one is.
func segment(data []byte, at int) (marker byte, next int, v verdict) {
	if at == 2 && !bytes.HasPrefix(data, []byte{0xFF, markerSOI}[:min(2, len(data))]) {
		return 0, 0, broken
	}
	if at >= len(data) {
		return 0, 0, incomplete
	}
	if data[at] != 0xFF {
		return 0, 0, broken
	}
	for at+1 < len(data) && data[at+1] == 0xFF { // fill bytes, B.1.1.2
		at++
	}
	if at+1 >= len(data) {
		return 0, 0, incomplete
	}
	marker = data[at+1]
	switch {
	case marker == markerEOI:
		return marker, at + 2, complete
	case marker == 0, marker == markerSOI, marker == markerTEM, marker >= markerRST0 && marker < markerSOI:
		return 0, 0, broken
	}
	if at+4 > len(data) {
		return 0, 0, incomplete
	}
	length := int(binary.BigEndian.Uint16(data[at+2:]))
	switch {
	case length < 2:
		return 0, 0, broken
	case at+2+length > len(data):
		return 0, 0, incomplete
	}
	return marker, at + 2 + length, complete
}

// entropyEnd skips entropy-coded data: up to a marker that is no restart.
func entropyEnd(data []byte, at int) (int, verdict) {
	for {
		i := bytes.IndexByte(data[at:], 0xFF)
		if i < 0 || at+i+1 >= len(data) {
			return 0, incomplete
		}
		at += i
		switch m := data[at+1]; {
		case m == 0, m >= markerRST0 && m < markerSOI:
			at += 2
		case m == 0xFF:
			at++
		default:
			return at, complete
		}
	}
}

func isSOF(marker byte) bool {
	return marker >= markerSOF0 && marker <= 0xCF && marker != markerDHT && marker != markerJPG && marker != markerDAC
}

var errBrokenFrame = errors.New("the camera delivered a broken JPEG picture")

// wholeJPEG completes a camera's frame to a file that any program reads. It
// removes padding after the end, and adds the Huffman tables of Annex K if they
// are missing, as Motion-JPEG allows. It refuses a truncated frame. The result is
// appended to pieces, without a copy.
func wholeJPEG(pieces [][]byte, data, huffman []byte) ([][]byte, error) {
	l, v := layoutJPEG(data)
	end := bytes.LastIndex(data, []byte{0xFF, markerEOI})
	if v != complete || end < l.scan {
		return pieces, errBrokenFrame
	}
	if l.huffman {
		return append(pieces, data[:end+2]), nil
	}
	return append(pieces, data[:l.scan], huffman, data[l.scan:end+2]), nil
}
