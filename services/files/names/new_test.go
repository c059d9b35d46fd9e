package names

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever a form calls a file: it becomes one plain name in the folder, or
// is refused.
func FuzzUploadName(f *testing.F) {
	for _, seed := range []string{"a.txt", "..", ".", "", "a/b", `a\b`, "/etc/passwd", "a\x00b", ".git", "con", "x.",
		"\xff", "a\u202eb", `..\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name, err := Upload(given)
		if err != nil {
			return
		}
		if name == "" || len(name) > MaxLength || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\x00\r\n") ||
			strings.HasPrefix(name, ".") && name != WellKnown {
			t.Errorf("%q becomes %q", given, name)
		}
		if mapped, ok := Local("/" + name); !ok || mapped != name {
			t.Errorf("%q becomes %q, which cannot be asked for", given, name)
		}
	})
}
