package semantics

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MaxParts is the largest number of parts in one answer. A client that asks for
// more gets the whole file.
const MaxParts = 16

// Span is a part of a file, in bytes.
type Span struct{ Start, Length int64 }

// End is the offset behind the last byte.
func (s Span) End() int64 { return s.Start + s.Length }

// RangeOutcome tells how to answer a request with a Range header.
type RangeOutcome int

// The outcomes of ParseRange.
const (
	RangeIgnored       RangeOutcome = iota // answer with the whole file
	RangeGiven                             // 206
	RangeUnsatisfiable                     // 416
)

// ParseRange reads the Range header of RFC 9110 section 14.2 for a file of
// this size. It ignores a header that is malformed, has another unit, or asks
// for too many parts, as the RFC allows. Parts that overlap or touch are merged;
// the others keep the order of the request.
func ParseRange(headers []string, size int64) ([]Span, RangeOutcome) {
	if len(headers) != 1 {
		return nil, RangeIgnored
	}
	unit, set, ok := strings.Cut(headers[0], "=")
	// The length keeps out letters of other alphabets that fold to these.
	if unit = strings.Trim(unit, " \t"); !ok || len(unit) != len("bytes") || !strings.EqualFold(unit, "bytes") {
		return nil, RangeIgnored
	}
	var spans []Span
	asked := 0
	for part := range strings.SplitSeq(set, ",") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue // a list may have empty members
		}
		if asked++; asked > 64*MaxParts {
			return nil, RangeIgnored
		}
		switch s, outcome := parsePart(part, size); outcome {
		case RangeIgnored:
			return nil, RangeIgnored
		case RangeGiven:
			spans = append(spans, s)
		}
	}
	if asked == 0 {
		return nil, RangeIgnored
	}
	if len(spans) == 0 {
		return nil, RangeUnsatisfiable
	}
	if spans = Merge(spans); len(spans) > MaxParts {
		return nil, RangeIgnored
	}
	return spans, RangeGiven
}

// parsePart reads 5-9, 5- or -5.
func parsePart(part string, size int64) (Span, RangeOutcome) {
	first, last, ok := strings.Cut(part, "-")
	if !ok {
		return Span{}, RangeIgnored
	}
	if first == "" {
		return suffix(last, size)
	}
	start, ok := decimal(first)
	if !ok {
		return Span{}, RangeIgnored
	}
	end := int64(math.MaxInt64)
	if last != "" {
		if end, ok = decimal(last); !ok || less(last, first) {
			return Span{}, RangeIgnored
		}
	}
	if start >= size {
		return Span{}, RangeUnsatisfiable
	}
	return Span{start, min(end, size-1) - start + 1}, RangeGiven
}

// Merge joins spans that overlap or touch. A merged Span takes the place of the
// first of its parts.
func Merge(spans []Span) []Span {
	type indexed struct {
		Span
		index int
	}
	sorted := make([]indexed, len(spans))
	for i, s := range spans {
		sorted[i] = indexed{s, i}
	}
	slices.SortFunc(sorted, func(a, b indexed) int { return cmp.Compare(a.Start, b.Start) })
	joined := sorted[:1]
	for _, next := range sorted[1:] {
		last := &joined[len(joined)-1]
		if next.Start > last.End() {
			joined = append(joined, next)
			continue
		}
		last.Length = max(last.End(), next.End()) - last.Start
		last.index = min(last.index, next.index)
	}
	slices.SortFunc(joined, func(a, b indexed) int { return cmp.Compare(a.index, b.index) })
	out := make([]Span, len(joined))
	for i, p := range joined {
		out[i] = p.Span
	}
	return out
}

// suffix reads the length in -5: the last 5 bytes.
func suffix(digits string, size int64) (Span, RangeOutcome) {
	n, ok := decimal(digits)
	switch {
	case !ok:
		return Span{}, RangeIgnored
	case n == 0 || size == 0:
		return Span{}, RangeUnsatisfiable
	}
	n = min(n, size)
	return Span{size - n, n}, RangeGiven
}

// decimal reads 1*DIGIT. A number too large for an int64 becomes the largest.
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

// less compares two decimal numbers of any length.
func less(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
