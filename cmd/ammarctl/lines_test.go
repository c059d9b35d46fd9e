package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

func TestForeignTextMovesNoCursor(t *testing.T) {
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
		if got := safe(text); got != want {
			t.Errorf("safe(%q) is %q, want %q", text, got, want)
		}
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range safe(text) {
			if unicode.Is(unicode.Cc, r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) && !joins(r) {
				t.Errorf("%q lets %q through", text, r)
			}
		}
	})
}

func TestALogLineIsReadable(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(newLineHandler(&b, true)).With("service", "files")
	log.Warn("Service failed", "reason", "exit status 3; \x1b[2J", "n", 5)
	log.Info("Fine", "empty", "")
	log.Debug("not shown")
	want := []string{
		`^\d\d:\d\d:\d\d\.\d{3} \x1b\[33mWARN\x1b\[0m Service failed  service=files  reason="exit status 3; \\x1b\[2J"  n=5$`,
		`^\d\d:\d\d:\d\d\.\d{3} Fine  service=files  empty=""$`,
	}
	got := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines: %q", len(got), got)
	}
	for i, line := range got {
		if !regexp.MustCompile(want[i]).MatchString(line) {
			t.Errorf("got  %q\nwant %s", line, want[i])
		}
	}
}
