package names

import (
	"strings"
	"unicode"
)

// Visible returns a name that is safe to show: valid UTF-8 without control
// characters and without characters that change the direction of the text
// (CVE-2021-42574). Each such character becomes U+FFFD.
func Visible(name string) string {
	return strings.Map(func(r rune) rune {
		if IsUnsafe(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(name, string(unicode.ReplacementChar)))
}

// IsUnsafe reports whether a terminal interprets the character, or whether it
// changes the direction of the characters around it.
func IsUnsafe(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
		r == 0x200e || r == 0x200f || r == 0x061c
}

// Shorten cuts a text to at most 60 bytes, for messages.
func Shorten(text string) string {
	if len(text) > 60 {
		return text[:57] + "…"
	}
	return text
}
