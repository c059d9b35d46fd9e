package files

import (
	"strconv"
	"strings"
	"unicode"
)

// visible is a name as it can be shown: valid UTF-8, no control characters,
// and none that turn the direction of what follows (CVE-2021-42574).
func visible(name string) string {
	return strings.Map(func(r rune) rune {
		if isRude(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(name, string(unicode.ReplacementChar)))
}

// isRude tells whether a terminal obeys a character, or whether it turns the
// direction of others.
func isRude(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}

// humanSize has three digits and a unit, in steps of 1024.
func humanSize(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		value /= 1024
		if value < 1023.5 {
			break
		}
	}
	digits := 1
	if value >= 99.95 {
		digits = 0
	}
	return strconv.FormatFloat(value, 'f', digits, 64) + " " + unit
}
