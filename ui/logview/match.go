package logview

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// matcher finds a regular expression (RE2) in a line. Case matters when the
// pattern has a capital.
type matcher struct {
	text    string // as typed
	literal []byte // the pattern in lower case, if it has no special character
	re      *regexp.Regexp
}

// newMatcher compiles a pattern. The matcher of an empty one is nil.
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

// in tells whether text matches. It may change text to lower case.
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

// passes makes the filter of a minimum level and two patterns, which may be nil.
// It is nil when all lines pass.
func passes(minimum string, only, without *matcher) func(entry) bool {
	least := levelOf(minimum)
	if minimum == "" {
		least = debug
	}
	if least == debug && only == nil && without == nil {
		return nil
	}
	var buf []byte
	return func(e entry) bool {
		if e.level < least {
			return false
		}
		if e.level == mark || only == nil && without == nil {
			return true
		}
		// A matcher may change the text to lower case, so each gets a fresh copy.
		for _, f := range []struct {
			m    *matcher
			want bool
		}{{only, true}, {without, false}} {
			if f.m == nil {
				continue
			}
			buf = e.appendPlain(buf[:0])
			if f.m.in(buf) != f.want {
				return false
			}
		}
		return true
	}
}
