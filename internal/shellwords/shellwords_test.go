package shellwords

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWordsAreThoseOfAShell(t *testing.T) {
	for in, want := range map[string][]string{
		`a b  c`:                      {"a", "b", "c"},
		`a "b c" 'd "e'`:              {"a", "b c", `d "e`},
		`a\ b "c\"d\n"`:               {"a b", `c"d\n`},
		`"" x`:                        {"", "x"},
		"a\n":                         {"a"},
		"a \\\n b":                    {"a", "b"},
		`python3 bot.py --x='1 2'`:    {"python3", "bot.py", "--x=1 2"},
		`serve -p ${PORT} "${A} b"`:   {"serve", "-p", "${PORT}", "${A} b"},
		`a '$HOME' '*' "a;b" \& \$x`:  {"a", "$HOME", "*", "a;b", "&", "$x"},
		`~/bin/x --y=~`:               {"~/bin/x", "--y=~"},
		`ünï "cödé"`:                  {"ünï", "cödé"},
		`a b#c x=y {} {a,b} a! --n=1`: {"a", "b#c", "x=y", "{}", "{a,b}", "a!", "--n=1"},
		`'FOO=1' x`:                   {"FOO=1", "x"},
		``:                            nil,
	} {
		got, err := Split(in)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestWhatOnlyAShellCanDoIsNamed(t *testing.T) {
	for in, want := range map[string]string{
		"a && b": "&&", "a || b": "||", "a | b": "|", "a; b": ";", "a & ": "&", "a > f": ">", "a >> f": ">>",
		"a < f": "<", "a 2>&1": ">", "(a)": "(", "echo $HOME": "$HOME", `echo "$HOME/x"`: "$HOME", "a $(b)": "$(",
		"a `b`": "`", "ls *.txt": "*", "ls a?": "?", "ls [ab]": "[", "a # b": "#", "FOO=1 a": "FOO=1",
		"! a": "!", "{ a; }": "{", "a\nb": "a line break", "cd x && y": "&&", "echo $1": "$",
	} {
		_, err := Split(in)
		var shell *ShellError
		if !errors.As(err, &shell) || shell.Operator != want {
			t.Errorf("%q: got %v; want a *ShellError for %q", in, err, want)
		}
	}
}

func TestAQuoteWithoutItsPartnerIsNamed(t *testing.T) {
	for in, want := range map[string]rune{`a "b`: '"', `a 'b`: '\'', `a \`: '\\'} {
		for _, f := range []func(string) ([]string, error){Split, Quoted} {
			_, err := f(in)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Quote != want {
				t.Errorf("%q: got %v; want a *SyntaxError for %c", in, err, want)
			}
		}
	}
}

func TestQuotedTakesTheShellsCharactersLiterally(t *testing.T) {
	got, err := Quoted(`sh -c "echo $A" && *`)
	if want := []string{"sh", "-c", "echo $A", "&&", "*"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// FuzzSplit's oracle is the shell itself: where Split finds words, a shell that
// may expand nothing finds the same.
func FuzzSplit(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("no sh on this machine")
	}
	for _, seed := range []string{`a "b c" 'd'`, `a\ b`, `"a\"b" '' x`, "a\\\nb", `a${X}b`, "a\tb\rc"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if err != nil || len(words) == 0 || strings.ContainsAny(line, "$~\r\n\x00") {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		// Behind a first word nothing is a reserved word.
		out, err := exec.CommandContext(ctx, sh, "-fc", `printf '%s\0' `+strings.TrimLeft(line, " \t")).Output()
		if err != nil {
			t.Fatalf("sh refuses %q: %v; Split finds %q", line, err, words)
		}
		if want := []byte(strings.Join(words, "\x00") + "\x00"); !bytes.Equal(out, want) {
			t.Errorf("%q: sh finds %q, Split %q", line, out, want)
		}
	})
}
