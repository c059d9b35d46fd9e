package safetext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHostileTextIsShownAndObeyedByNothing(t *testing.T) {
	for _, c := range []struct{ text, replaced, line, escaped string }{
		{"plain text", "plain text", "plain text", "plain text"},
		{"Grüße, 世界 👩‍💻", "Grüße, 世界 👩‍💻", "Grüße, 世界 👩‍💻", "Grüße, 世界 👩‍💻"},
		{"a\tb\r\nc\nd", "a\ufffdb\ufffd\ufffdc\ufffdd", "a    b c d", "a    b\\x0d\\x0ac\\x0ad"},
		{"\x1b[2J\x07\x7f", "\ufffd[2J\ufffd\ufffd", "\ufffd[2J\ufffd\ufffd", "\\x1b[2J\\x07\\x7f"},
		{"\u009b1m \u202e\u2066x\u200f\u061c", "\ufffd1m \ufffd\ufffdx\ufffd\ufffd", "\ufffd1m \ufffd\ufffdx\ufffd\ufffd",
			"\\x9b1m \\u202e\\u2066x\\u200f\\u061c"},
		{"\u2028\u2029\ufeff\U000e0041\u00ad", strings.Repeat("\ufffd", 5), strings.Repeat("\ufffd", 5),
			"\\u2028\\u2029\\ufeff\\ue0041\\xad"},
		{"\xff\xfe", "\ufffd", "\ufffd", "\ufffd\ufffd"},
	} {
		if got := Replace(c.text); got != c.replaced {
			t.Errorf("Replace(%q) is %q, want %q", c.text, got, c.replaced)
		}
		if got := Line(c.text); got != c.line {
			t.Errorf("Line(%q) is %q, want %q", c.text, got, c.line)
		}
		if got := Escape(c.text); got != c.escaped {
			t.Errorf("Escape(%q) is %q, want %q", c.text, got, c.escaped)
		}
	}
	if got := Replace("a\tb\nc\x1b", '\n', '\t'); got != "a\tb\nc\ufffd" {
		t.Errorf("with some kept: %q", got)
	}
}

func TestEscapedTextMovesNoCursor(t *testing.T) {
	for text, want := range map[string]string{
		"plain ünïcode 日本":  "plain ünïcode 日本",
		"a\tb":              "a    b",
		"a\nb\r":            `a\x0ab\x0d`,
		"\x1b[2J\x1b]0;x\a": `\x1b[2J\x1b]0;x\x07`,
		"\u009b2J":          `\x9b2J`,
		"ab\u202edc":        `ab\u202edc`,
		"a\u200bb\ufeff":    `a\u200bb\ufeff`,
		"a\u2028b":          `a\u2028b`,
		"👩\u200d💻":          "👩\u200d💻",
		"bad \xff byte":     "bad \ufffd byte",
		"":                  "",
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%q) is %q, want %q", text, got, want)
		}
	}
}

func FuzzNothingUnsafeIsLeft(f *testing.F) {
	f.Add("\x1b]0;title\x07\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, got := range []string{Replace(text), Line(text), Escape(text)} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, Unsafe) {
				t.Errorf("%q became %q", text, got)
			}
		}
		if got := Line(Line(text)); got != Line(text) {
			t.Errorf("Line of %q changes a second time: %q", text, got)
		}
	})
}
