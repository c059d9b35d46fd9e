package files

import (
	"math"
	"strings"
)

// span is a part of a file.
type span struct{ start, length int64 }

type rangeOutcome int

const (
	rangeIgnored       rangeOutcome = iota // the whole file is the answer
	rangeGiven                             // 206
	rangeUnsatisfiable                     // 416
)

// parseRange reads the Range header of RFC 9110 section 14.2 for a file of
// this size. What is malformed, of another unit, or asks for several parts,
// is ignored, as the RFC allows: the answer is the whole file.
func parseRange(headers []string, size int64) (span, rangeOutcome) {
	if len(headers) != 1 {
		return span{}, rangeIgnored
	}
	unit, set, ok := strings.Cut(headers[0], "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(unit), "bytes") {
		return span{}, rangeIgnored
	}
	set = strings.Trim(set, " \t")
	first, last, ok := strings.Cut(set, "-")
	if !ok || strings.Contains(set, ",") {
		return span{}, rangeIgnored
	}
	if first == "" {
		return suffix(last, size)
	}
	start, ok := decimal(first)
	if !ok {
		return span{}, rangeIgnored
	}
	end := int64(math.MaxInt64)
	if last != "" {
		if end, ok = decimal(last); !ok || end < start {
			return span{}, rangeIgnored
		}
	}
	if start >= size {
		return span{}, rangeUnsatisfiable
	}
	return span{start, min(end, size-1) - start + 1}, rangeGiven
}

// suffix is the last so many bytes.
func suffix(digits string, size int64) (span, rangeOutcome) {
	n, ok := decimal(digits)
	switch {
	case !ok:
		return span{}, rangeIgnored
	case n == 0 || size == 0:
		return span{}, rangeUnsatisfiable
	}
	n = min(n, size)
	return span{size - n, n}, rangeGiven
}

// decimal reads 1*DIGIT; what is too large for an int64 is as good as the
// largest.
func decimal(digits string) (int64, bool) {
	if digits == "" {
		return 0, false
	}
	var n int64
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64 / 10
			continue
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
