package logview

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// matcher finds a pattern in a line: a regular expression (RE2). Capitals
// count when the pattern has one.
type matcher struct {
	text    string // as typed
	literal []byte // the pattern in small letters, where it has no special sign
	re      *regexp.Regexp
}

// newMatcher reads a pattern; a nil matcher for an empty one.
func newMatcher(text string) (*matcher, error) {
	if text == "" {
		return nil, nil
	}
	m := &matcher{text: text}
	expression := text
	small := strings.ToLower(text) == text
	if small {
		expression = "(?i)" + text
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("no regular expression: %w", err)
	}
	m.re = re
	if small && regexp.QuoteMeta(text) == text && ascii([]byte(text)) {
		m.literal = []byte(text)
	}
	return m, nil
}

func ascii(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// in tells whether the pattern is in text, and may write over it.
func (m *matcher) in(text []byte) bool {
	if m.literal == nil || !ascii(text) {
		return m.re.Match(text)
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
	return bytes.Contains(text, m.literal)
}

// spans are where the pattern is in text, as pairs of bytes.
func (m *matcher) spans(text []byte) [][]int { return m.re.FindAllIndex(text, 64) }
