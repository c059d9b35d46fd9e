package files

import (
	"strings"
	"testing"
)

// hostileRoot has one file in a folder, something hidden, and names that are
// odd but allowed.
func hostileRoot(t *testing.T) string {
	return tree(t, map[string]string{"a.txt": "a", "dir/b.txt": "b", ".hidden": secret, "dir/.git/config": secret,
		"%2e%2e": "odd", "x;y": "odd"})
}

// Each spelling of a path that has been used to get out of a folder, with its
// answer, as it comes over a connection.
func TestEverySpellingOfAPathHasItsAnswer(t *testing.T) {
	w := newWire(t, &Service{Root: hostileRoot(t)})
	for target, want := range map[string]int{
		"/a.txt": 200, "/%61.txt": 200, "/dir/b%2Etxt": 200, "/dir%2fb.txt": 200, "/%252e%252e": 200, "/x;y": 200,
		"/?../../etc/passwd": 200, "/a.txt?/../../x": 200,
		"/..%2fx": 404, "/%2e%2e/x": 404, "/%2e%2e": 404, "/.%2e/": 404, "/%2E%2E%2Fsecret.txt": 404, "/%252e%252e/": 404,
		"/..%5cx": 404, `/..\x`: 404, `/dir\b.txt`: 404, "/dir%5cb.txt": 404,
		"/%c0%ae%c0%ae/": 404, "/%c0%af": 404, "/%e0%80%ae": 404, "/%u002e": 400, "/a/..;/x": 404, "/..;/secret.txt": 404,
		"/%2f": 404, "/%2fetc%2fpasswd": 404,
		"/%00": 404, "/a.txt%00": 404, "/a%00.txt": 404, "/a.txt%00.png": 404, "/a%0d%0aX:1": 404, "/%ff%fe": 404, "/%": 400,
		"/%zz": 400, "/%2": 400, "/a b": 400,
		"/a.txt/": 404, "/a.txt/x": 404, "/.hidden": 404, "/%2ehidden": 404, "/dir/.git/config": 404, "/.git": 404,
		"/~root": 404, "/.ammar/": 404, "/.ammar/tmp/": 404, "/.s/": 404,
		"a.txt": 400, "": 400, "../a.txt": 400, "http://evil/a.txt": 200, "http://localhost/a.txt": 200, "*": 400,
		"/C:/x": 404, "/C:%5cx": 404, "/c:/windows/win.ini": 404, `/\\host\share`: 404, `/\evil.com`: 404,
		"/a.txt::$DATA": 404, "/a.txt:stream": 404, "/CON": 404, "/a.txt.": 404, "/a.txt%20": 404, "/A~1.TXT": 404,
		"/A.TXT": 404, "/a%CC%88.txt": 404, "/" + strings.Repeat("y", 300): 400, "/" + strings.Repeat("y/", 2000): 404,
		"/" + strings.Repeat("y/", 5000): 414,
		"/" + strings.Repeat("x", 8<<10): 414, "/" + strings.Repeat("x", 64<<10): 414,
	} {
		got := w.ask("GET", target)
		if got.status != want || strings.Contains(got.body, secret) || got.header.Get("X") != "" {
			t.Errorf("GET %.60q is answered %d %.60q, want %d", target, got.status, got.body, want)
		}
		if location := got.header.Get("Location"); location != "" {
			t.Errorf("GET %.60q leads to %q", target, location)
		}
	}
	// What is not in its shortest form leads to that, on this server.
	for target, want := range map[string]string{
		"/../x": "/x", "/../a.txt": "/a.txt", "/..": "/", "/dir/..": "/", "/dir/../a.txt": "/a.txt", "/;/../a.txt": "/a.txt",
		"/../../../etc/passwd": "/etc/passwd",
		"//etc/passwd":         "/etc/passwd", "///x": "/x", "//a.txt": "/a.txt", "//evil.com/..%2f": "/evil.com/..%252f",
		"//evil.com": "/evil.com", "/./x": "/x", "/dir/.": "/dir", "/dir/./b.txt": "/dir/b.txt", "/dir//b.txt": "/dir/b.txt",
		"/a.txt/.": "/a.txt", "http://localhost/../a.txt": "/a.txt", "localhost:80": "/",
	} {
		if got := w.ask("GET", target); got.status != 307 || got.header.Get("Location") != want {
			t.Errorf("GET %.60q is answered %d and leads to %q, want 307 to %q", target, got.status, got.header.Get("Location"),
				want)
		}
	}
	for line, want := range map[string]int{"OPTIONS * HTTP/1.1": 200, "CONNECT evil:443 HTTP/1.1": 404,
		"GET  /a.txt HTTP/1.1": 400, "GET /a.txt": 400, "GET /a.txt HTTP/9.9": 505} {
		got := answered{}
		if list := w.send(line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n"); len(list) > 0 {
			got = list[0]
		}
		if got.status != want {
			t.Errorf("%q is answered %d %.60q, want %d", line, got.status, got.body, want)
		}
	}
	w.alive()
}
