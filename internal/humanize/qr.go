package humanize

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the margin around a code, in modules. ISO/IEC 18004 asks for four;
// readers of screens do with two, and a terminal is small.
const quiet = 2

// QR draws a code of text: its light modules as filled blocks, two rows of
// them a line, for light letters on a dark background. Where only ASCII is
// sure to be shown, a module is two characters. All lines have the same width.
func QR(text string, unicode bool) ([]string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, fmt.Errorf("cannot make a QR code of %s: %w", text, err)
	}
	if unicode {
		return halfBlocks(code), nil
	}
	return hashes(code), nil
}

// halfBlocks draws light modules, two rows a line.
func halfBlocks(code *qr.Code) []string {
	var lines []string
	for y := -quiet; y < code.Size+quiet; y += 2 {
		var b strings.Builder
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteString(halfBlock(!code.Black(x, y), !code.Black(x, y+1))) // beyond the code all is light
		}
		lines = append(lines, b.String())
	}
	return lines
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}

// hashes draws light modules, two characters each.
func hashes(code *qr.Code) []string {
	var lines []string
	for y := -quiet; y < code.Size+quiet; y++ {
		var b strings.Builder
		for x := -quiet; x < code.Size+quiet; x++ {
			if code.Black(x, y) {
				b.WriteString("  ")
			} else {
				b.WriteString("##")
			}
		}
		lines = append(lines, b.String())
	}
	return lines
}
