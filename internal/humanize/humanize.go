// Package humanize has the forms in which every part of the program shows sizes,
// durations and the like to people.
package humanize

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Unicode tells whether the locale has more letters than ASCII. It looks at the
// variables that name the locale, by their rank (locale(7)).
func Unicode(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(getenv(name)); v != "" {
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

// LostGlyph stands before what was last seen of a machine that does not answer.
func LostGlyph(unicode bool) string {
	if unicode {
		return "◌"
	}
	return "?"
}

// Fingerprint is the SHA-256 of a certificate, given in DER: pairs of digits
// with colons, as browsers show it.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

// FingerprintLines breaks one into two lines of about the same length, which a
// person compares with what another screen has.
func FingerprintLines(text string) (first, second string) {
	half := len(text)/2 + 1 // behind a colon
	if half >= len(text) {
		return text, ""
	}
	return text[:half], text[half:]
}
