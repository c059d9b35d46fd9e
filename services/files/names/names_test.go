package names

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func TestPathsMapToNamesBelowTheRootOrToNothing(t *testing.T) {
	for path, want := range map[string]string{
		"/": ".", "/a": "a", "/a/": "a", "/a/b.txt": "a/b.txt", "/ä ö": "ä ö", "/a..b": "a..b", "/...x": "",
		"/.well-known/x": ".well-known/x",
		"":               "", "a": "", "//": "", "//a": "", "/a//b": "", "/./a": "", "/a/.": "", "/a/..": "", "/..": "",
		"/../a":   "",
		"/a/../b": "",
		"/a\x00b": "", `/a\b`: "", `/..\x`: "", "/.hidden": "", "/a/.git/config": "", "/.well-known/.x": "",
		"/..;/x": "", "/a/..;/x": "", "/%2e%2e/x": "%2e%2e/x", "*": "",
	} {
		name, ok := Local(path)
		if ok != (want != "") || name != want {
			t.Errorf("%q maps to %q, %v; want %q", path, name, ok, want)
		}
	}
}

func TestNamesThatWindowsTakesForSomethingElse(t *testing.T) {
	for name, fine := range map[string]bool{
		"a.txt": true, "console.txt": true, "COM": true, "com10": true, "a~b": true, "nul-values": true,
		"C:": false, "a:stream": false, "CON": false, "con.txt": false, "aux ": false, "NUL": false, "LPT1": false,
		"com¹": false, "CONIN$": false,
		"trailing.": false, "trailing ": false, "PROGRA~1": false, "a|b": false, "a?b": false, `a"b`: false,
	} {
		if got := windowsName(name); got != fine {
			t.Errorf("%q is fine: %v, want %v", name, got, fine)
		}
	}
}

// Every product of the pieces that traversals are made of, to a length of six,
// maps to a name inside or to nothing.
func TestNoProductOfTraversalsPiecesLeadsOut(t *testing.T) {
	pieces := []string{"%", "25", "2e", "2f", ".", "/", "5c", `\`}
	count := 0
	var build func(path string, left int)
	build = func(path string, left int) {
		for decoded, again := path, 0; again < 3; again++ {
			if name, ok := Local(decoded); ok {
				count++
				if !staysIn(name) {
					t.Errorf("%q maps to %q", decoded, name)
				}
			}
			next, err := url.PathUnescape(decoded)
			if err != nil || next == decoded {
				break
			}
			decoded = next
		}
		if left > 0 {
			for _, piece := range pieces {
				build(path+piece, left-1)
			}
		}
	}
	build("/", 6)
	if count < 1000 {
		t.Errorf("only %d of them map to anything", count)
	}
}

// staysIn tells whether a name can lead nowhere but into the folder, whatever
// the system makes of it.
func staysIn(name string) bool {
	if name == "." {
		return true
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") && part != WellKnown {
			return false
		}
	}
	return filepath.IsLocal(name) && !strings.ContainsAny(name, "\x00\\")
}

// Whatever a request's path is, and however often it is decoded: it maps to a
// name that stays in the folder, on every system, or to nothing.
func FuzzLocalName(f *testing.F) {
	for _, seed := range []string{"/", "/a/b", "/..", "/a/../..", "//", "/./", "/.x", "/%2e%2e", "/..%2f", `/a\..`,
		"/a\x00", "/.well-known/x", "/C:/x", "/con", "/..;/", "/\u2024\u2024/x", "/\uff0e\uff0e\uff0f"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for range 4 {
			name, ok := Local(path)
			if ok && !staysIn(name) {
				t.Fatalf("%q maps to %q", path, name)
			}
			if again, same := Local("/" + name); ok && name != "." && (!same || again != name) {
				t.Fatalf("%q maps to %q, and that to %q", path, name, again)
			}
			if !ok && name != "" {
				t.Fatalf("%q maps to nothing and to %q", path, name)
			}
			next, err := url.PathUnescape(path)
			if err != nil || next == path {
				return
			}
			path = next
		}
	})
}
