package files

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNothingOutsideOfTheFolderIsEverServed(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a", "dir/b.txt": "b", ".hidden": secret, "dir/.git/config": secret})
	s := newShare(t, root)
	for _, target := range []string{
		"/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/.%2e/secret.txt", "/%252e%252e/secret.txt",
		"/..%5csecret.txt",
		"/%c0%ae%c0%ae/secret.txt", "/dir/..;/../secret.txt", "//secret.txt", "/dir/../../secret.txt", "/%2e%2e%2fsecret.txt",
		"/../share-beside/secret.txt", "/%00", "/a.txt%00.png", "/.hidden", "/dir/.git/config", "/dir/.git/", "/%2ehidden",
		"/a.txt/", "/a.txt/x", "/dir//b.txt", "/./a.txt", "/?../../secret.txt", "/" + strings.Repeat("x/", 4000),
		"/" + strings.Repeat("y", 300),
	} {
		status, body := s.get(target)
		if strings.Contains(body, secret) || status == 200 && target[1] != '?' {
			t.Errorf("%s is answered %d: %.80q", target, status, body)
		}
	}
}

func TestLinks(t *testing.T) {
	root := tree(t, map[string]string{"in/inside.txt": "inside", "in/.hidden": secret})
	for name, target := range map[string]string{
		"good": "in/inside.txt", "goodDir": "in", "in/up": "../in/inside.txt",
		"out": "../secret.txt", "outDir": "../share-beside", "abs": filepath.Join(filepath.Dir(root), "secret.txt"),
		"absInside": filepath.Join(root, "in", "inside.txt"), "dangling": "nowhere", "loop": "loop", "chain": "out",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skipf("this system has no links: %v", err)
		}
	}
	s := newShare(t, root)
	for target, want := range map[string]int{
		"/good": 200, "/goodDir/": 200, "/goodDir/inside.txt": 200, "/goodDir": 301, "/in/up": 200,
		"/out": 403, "/outDir": 403, "/outDir/": 403, "/outDir/secret.txt": 403, "/abs": 403, "/absInside": 403,
		"/chain": 403,
		"/out/":  403, "/outDir/.": 404, "/dangling": 404, "/loop": 404, "/goodDir/.hidden": 404,
	} {
		status, body := s.get(target)
		if status != want || strings.Contains(body, secret) {
			t.Errorf("%s is answered %d, want %d: %.100q", target, status, want, body)
		}
		if want == 403 && !strings.Contains(body, "leads out of this folder") {
			t.Errorf("%s does not say why: %q", target, body)
		}
	}
	_, listing := s.get("/")
	for name, listed := range map[string]bool{"good": true, "goodDir/": true, ">out<": false, "outDir": false,
		"dangling": false, "loop": false} {
		if strings.Contains(listing, name) != listed {
			t.Errorf("%s is listed: %v, want %v", name, !listed, listed)
		}
	}
}

func TestAReadOnlyShareIsReadOnly(t *testing.T) {
	s := newShare(t, tree(t, map[string]string{"a.txt": "a"}))
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK",
		"UNLOCK", "TRACE", "FOO"} {
		resp := s.ask(method, "/a.txt", "Destination", "/b.txt")
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD, OPTIONS, PROPFIND" {
			t.Errorf("%s is answered %d, Allow %q", method, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
}

func TestRedirectsStayHere(t *testing.T) {
	s := newShare(t, tree(t, map[string]string{"dir/": "", "a:b/": "", "a b?c/": "", "evil.com/": ""}))
	for target, want := range map[string]string{
		"/dir": "./dir/", "/dir?sort=size": "./dir/?sort=size", "/a:b": "./a:b/", "/a%20b%3Fc": "./a%20b%3Fc/",
		"/evil.com": "./evil.com/",
	} {
		resp := s.ask("GET", target)
		if got := resp.Header.Get("Location"); resp.StatusCode != 301 || got != want {
			t.Errorf("%s leads to %q (%d), want %q", target, got, resp.StatusCode, want)
		}
	}
}

// Whatever the path: no byte of what is hidden or outside comes back, and
// nothing panics.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/a.txt", "/dir/", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/.hidden",
		"/out/secret.txt", "/dir/%2e%2e/.hidden", "/..%5c", "/%ff%fe"} {
		f.Add(seed)
	}
	base := f.TempDir()
	root := filepath.Join(base, "share")
	for name, text := range map[string]string{"share/a.txt": "a", "share/dir/b.txt": "b", "share/.hidden": secret,
		"share/dir/.git/config": secret, "secret.txt": secret} {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	if err := os.Symlink("..", filepath.Join(root, "out")); err != nil {
		f.Log(err)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		f.Fatal(err)
	}
	h, err := newHandler(r, newKept(), options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		s := share{t: t, h: h, c: newKept()}
		req := &http.Request{Method: "GET", Host: "localhost", URL: u, RequestURI: target, Header: http.Header{}}
		resp := s.do(req)
		buf := make([]byte, 1<<16)
		n, _ := resp.Body.Read(buf)
		if strings.Contains(string(buf[:n]), secret) {
			t.Errorf("%q brings the secret", target)
		}
		if location := resp.Header.Get("Location"); location != "" && !strings.HasPrefix(location, "./") {
			t.Errorf("%q leads to %q", target, location)
		}
	})
}
