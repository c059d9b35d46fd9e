package safe

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

func TestWhatIsSafeStaysAsItIs(t *testing.T) {
	for _, text := range []string{"", "plain words", "é 日本 ● …"} {
		if got := Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[31mred\x1b[0m", "\x1b]52;c;AAAA\x07", "a\tb\nc\rd", "\xff\xfe",
		"\u202eevil", "\x9b2J", "\x1bP q\x1b\\", "é日本", "\u009b2J", "\x1b\x1b[A[2J"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Text(text)
		if !utf8.ValidString(got) {
			t.Errorf("%q is no UTF-8: %q", text, got)
		}
		for _, r := range got {
			if safetext.Unsafe(r) {
				t.Errorf("%q leaves %q in %q", text, r, got)
			}
		}
		if again := Text(got); again != got {
			t.Errorf("%q is not safe at once: %q, then %q", text, got, again)
		}
		for _, r := range ASCII(got) {
			if r >= utf8.RuneSelf {
				t.Errorf("%q is not ASCII: %q", got, ASCII(got))
			}
		}
	})
}

func TestASCIIKeepsTheCells(t *testing.T) {
	for text, want := range map[string]string{"日é…": "???.", "── a │ b": "-- a | b"} {
		if got := ASCII(text); got != want || ansi.StringWidth(got) != ansi.StringWidth(text) {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := FirstLine("one\ntwo"); got != "one" || strings.Contains(got, "\n") {
		t.Errorf("the first line is %q", got)
	}
}
