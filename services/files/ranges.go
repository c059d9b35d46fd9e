package files

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxParts is how many parts one answer has at most. Whoever asks for more
// gets the whole file.
const maxParts = 16

// span is a part of a file.
type span struct{ start, length int64 }

func (s span) end() int64 { return s.start + s.length }

type rangeOutcome int

const (
	rangeIgnored       rangeOutcome = iota // the whole file is the answer
	rangeGiven                             // 206
	rangeUnsatisfiable                     // 416
)

// parseRange reads the Range header of RFC 9110 section 14.2 for a file of
// this size. What is malformed, of another unit, or asks for too many parts is
// ignored, as the RFC allows. Parts that overlap or touch are made one; the
// others stay in the order in which they were asked for.
func parseRange(headers []string, size int64) ([]span, rangeOutcome) {
	if len(headers) != 1 {
		return nil, rangeIgnored
	}
	unit, set, ok := strings.Cut(headers[0], "=")
	// The length keeps out letters of other alphabets that fold to these.
	if unit = strings.Trim(unit, " \t"); !ok || len(unit) != len("bytes") || !strings.EqualFold(unit, "bytes") {
		return nil, rangeIgnored
	}
	var spans []span
	asked := 0
	for part := range strings.SplitSeq(set, ",") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue // lists may have empty members
		}
		if asked++; asked > 64*maxParts {
			return nil, rangeIgnored
		}
		switch s, outcome := parsePart(part, size); outcome {
		case rangeIgnored:
			return nil, rangeIgnored
		case rangeGiven:
			spans = append(spans, s)
		}
	}
	if asked == 0 {
		return nil, rangeIgnored
	}
	if len(spans) == 0 {
		return nil, rangeUnsatisfiable
	}
	if spans = coalesce(spans); len(spans) > maxParts {
		return nil, rangeIgnored
	}
	return spans, rangeGiven
}

// parsePart reads one of 5-9, 5- and -5.
func parsePart(part string, size int64) (span, rangeOutcome) {
	first, last, ok := strings.Cut(part, "-")
	if !ok {
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
		if end, ok = decimal(last); !ok || less(last, first) {
			return span{}, rangeIgnored
		}
	}
	if start >= size {
		return span{}, rangeUnsatisfiable
	}
	return span{start, min(end, size-1) - start + 1}, rangeGiven
}

// coalesce joins parts that overlap or touch. A joined one is where the first
// of its parts was.
func coalesce(spans []span) []span {
	type placed struct {
		span
		place int
	}
	sorted := make([]placed, len(spans))
	for i, s := range spans {
		sorted[i] = placed{s, i}
	}
	slices.SortFunc(sorted, func(a, b placed) int { return cmp.Compare(a.start, b.start) })
	joined := sorted[:1]
	for _, next := range sorted[1:] {
		last := &joined[len(joined)-1]
		if next.start > last.end() {
			joined = append(joined, next)
			continue
		}
		last.length = max(last.end(), next.end()) - last.start
		last.place = min(last.place, next.place)
	}
	slices.SortFunc(joined, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	out := make([]span, len(joined))
	for i, p := range joined {
		out[i] = p.span
	}
	return out
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
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return math.MaxInt64, true
	}
	return n, true
}

// less compares two numbers of any length.
func less(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
