package access

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold gives one form to all names that some file system takes for the same:
// those that differ by case, or by how their letters are composed (Unicode's
// normal forms). Rules are compared in this form everywhere, so that what is
// closed stays closed on a Mac's disk or a USB stick too.
func fold(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return norm.NFC.String(strings.Map(smallest, norm.NFD.String(name)))
		}
	}
	return strings.ToLower(name)
}

// smallest is the same for all letters that are one but for their case.
func smallest(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}
