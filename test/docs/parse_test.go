package docs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPageIsReadAsItIsWritten(t *testing.T) {
	text := strings.ReplaceAll(`# Title
<!-- needs: curl, nginx -->

In `+"`a.toml`"+`:

<!-- file: a.toml -->

'''toml
port = 1
'''

'''console
$ echo a \
> b
a b
$ false   # exit code 1
$ true
'''

<!-- not run: it is a picture -->
'''text
x
'''
`, "'''", "```")
	got, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := page{needs: []string{"curl", "nginx"}, steps: []step{
		{line: 8, file: "a.toml", text: "port = 1\n"},
		{line: 13, text: "echo a \\\nb", want: []string{"a b"}, compare: true},
		{line: 16, text: "false", exit: 1},
		{line: 17, text: "true"},
	}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(page{}, step{})); d != "" {
		t.Error(d)
	}
	for _, wrong := range []string{"```sh\nls\n```\n", "```console\nls\n```\n", "```console\n$ ls\n", "In a file:\n\n<!-- file: a.toml -->\n```toml\n```\n", "<!-- not run: x -->\nwords\n\n```text\n```\n"} {
		if _, err := parse(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestOutputAgreesOnlyWhereThePageLetsItVary(t *testing.T) {
	for _, c := range []struct {
		want, got string
		agrees    bool
	}{
		{"a b", "a b\n", true},
		{"a b", "a b", true},
		{"a b", "a c\n", false},
		{"a b", "a b\nmore\n", false},
		{"pid …, up", "pid 12, up\n", true},
		{"pid …, up", "pid 12, down\n", false},
		{"…", "", true},
		{"…", "x\ny\n", true},
		{"a\n…\nz", "a\nb\nc\nz\n", true},
		{"a\n…\nz", "a\nb\nc\n", false},
		{"name   state", "name        state\n", true},
		{"name   state", "namestate\n", false},
		{"(x)", "(x)\n", true},
	} {
		if got := agrees(strings.Split(c.want, "\n"), c.got); got != c.agrees {
			t.Errorf("agrees(%q, %q) = %v", c.want, c.got, got)
		}
	}
}
