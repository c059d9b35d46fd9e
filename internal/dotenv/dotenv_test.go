package dotenv

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for text, want := range map[string][]Variable{
		"":                               nil,
		"# only this\n\n":                nil,
		"A=b":                            {{"A", "b"}},
		" export A = b c  # why\r\nB=\n": {{"A", "b c"}, {"B", ""}},
		"A=b#c":                          {{"A", "b#c"}},
		"A='$x \\n' # why":               {{"A", `$x \n`}},
		`A="one\ntwo\t\"\\\$ \q"`:        {{"A", "one\ntwo\t\"\\$ \\q"}},
		"A=\"one\ntwo\"\nB=c":            {{"A", "one\ntwo"}, {"B", "c"}},
		"\ufeffA=b":                      {{"A", "b"}},
		"A=${B}":                         {{"A", "${B}"}},
	} {
		got, err := Parse(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
}

func TestErrorsNameTheLineAndNoValue(t *testing.T) {
	for text, want := range map[string]string{
		"A=b\nhush":            "line 2: expected NAME=value",
		"\n9A=hush":            "line 2: expected a name",
		"=hush":                "line 1: expected a name",
		"A='hush\n":            "line 1: expected a closing '",
		"A='one\ntwo' hush":    "line 2: expected nothing after the closing '",
		"A=\"one\ntwo\nhush'":  `line 1: expected a closing "`,
		"A=hu\x00sh":           "zero byte",
		"A='a'\nA-B=hush more": "line 2: expected a name",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// A text in double quotes is read unchanged.
func FuzzParse(f *testing.F) {
	f.Add("a $HOME \"quoted\"\n'more' # \\")
	f.Fuzz(func(t *testing.T, value string) {
		_, _ = Parse(value)
		if strings.ContainsRune(value, 0) {
			return
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
		got, err := Parse(fmt.Sprintf("A=\"%s\" # why\nB=c", quoted))
		want := []Variable{{"A", value}, {"B", "c"}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", value, err, diff)
		}
	})
}
