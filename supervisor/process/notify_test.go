//go:build unix

package process

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNotifyMessages(t *testing.T) {
	for text, want := range map[string]Message{
		"READY=1":                           {Ready: true},
		"READY=1\nSTATUS=all well\n":        {Ready: true, Status: "all well"},
		"STATUS=a=b":                        {Status: "a=b"},
		"READY=0":                           {},
		"MAINPID=1\nSTOPPING=1\nnonsense\n": {},
		"WATCHDOG=1":                        {Watchdog: true},
		"":                                  {},
	} {
		if got := parseNotify(text); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}

func FuzzParseNotify(f *testing.F) {
	f.Add("READY=1\nSTATUS=\xff\x00x")
	f.Add("STATUS=" + strings.Repeat("é", 300))
	f.Fuzz(func(t *testing.T, text string) {
		m := parseNotify(text)
		if !utf8.ValidString(m.Status) || len(m.Status) > maxStatus {
			t.Errorf("status %q of %q", m.Status, text)
		}
		if m.Ready && !strings.Contains(text, "READY=1") {
			t.Errorf("%q is ready", text)
		}
	})
}
