// Package safetext makes text from other authors safe to show: the name of a file, a
// service's log, or another machine's answer. Such text must not move the cursor, set
// a window's title or write the clipboard. It must not hide or reorder the text around
// it (CVE-2021-42574).
package safetext

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unsafe tells whether a terminal obeys r, or whether r cannot be seen and
// changes how the text around it looks: control characters, marks of direction,
// other invisible format characters, and separators of lines. The two joiners
// are safe: emoji and several scripts need them.
func Unsafe(r rune) bool {
	if r == 0x200c || r == 0x200d { // ZERO WIDTH NON-JOINER, ZERO WIDTH JOINER
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Replace is text as valid UTF-8 with U+FFFD in the place of each unsafe
// character, but for those in keep.
func Replace(text string, keep ...rune) string {
	if plain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if Unsafe(r) && !slices.Contains(keep, r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}

// Line is text on one line: Replace, with four spaces for a tab and a space for
// a line break.
func Line(text string) string {
	if plain(text) {
		return text
	}
	return Replace(strings.NewReplacer("\t", tab, "\r\n", " ", "\n", " ", "\r", " ").Replace(text))
}

// Escape is text on one line in which every unsafe character can be read: as
// \x1b or \u202e, and four spaces for a tab.
func Escape(text string) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\t':
			b.WriteString(tab)
		case !Unsafe(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, "\\x%02x", r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

const tab = "    "

// plain tells whether text is printable ASCII, as most of it is.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
