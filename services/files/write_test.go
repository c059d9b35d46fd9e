package files

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/tus"
)

// left lists the unfinished files below a root.
func left(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	_ = filepath.WalkDir(filepath.Join(root, store.OwnFolder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return nil
	})
	return found
}

func TestPUTStoresWholeFilesOrNothing(t *testing.T) {
	root := tree(t, map[string]string{"old.txt": "old", "dir/": ""})
	s := newWritable(t, root)
	tag := s.ask("GET", "/old.txt").Header.Get("ETag")
	for _, c := range []struct {
		target, body string
		header       []string
		want         int
	}{
		{"/new.txt", "new", nil, 201}, {"/dir/new.txt", "new", nil, 201}, {"/%C3%A4.txt", "new", nil, 201},
		{"/old.txt", "x", []string{"If-Match", `"other"`}, 412}, {"/old.txt", "x", []string{"If-None-Match", "*"}, 412},
		{"/none.txt", "x", []string{"If-Match", "*"}, 412},
		{"/old.txt", "newer", []string{"If-Match", tag}, 204},
		{"/absent/new.txt", "x", nil, 409}, {"/dir", "x", nil, 405}, {"/dir/", "x", nil, 405}, {"/", "x", nil, 405},
		{"/.hidden", "x", nil, 404}, {"/dir/.git", "x", nil, 404}, {"/.ammar/tmp/x", "x", nil, 404}, {"/../x", "x", nil, 404},
		{"/a%00", "x", nil, 404},
		{"/a%0d%0aX:1", "x", nil, 400}, {"/%ff", "x", nil, 400}, {"/" + strings.Repeat("n", 256), "x", nil, 400},
		{"/part.txt", "x", []string{"Content-Range", "bytes 0-0/9"}, 400},
		{"/z.txt", "x", []string{"Content-Encoding", "gzip"}, 415},
	} {
		if got := s.tell("PUT", c.target, c.body, c.header...).StatusCode; got != c.want {
			t.Errorf("PUT %.40s %v: %d, want %d", c.target, c.header, got, c.want)
		}
	}
	if _, body := s.get("/old.txt"); body != "newer" {
		t.Errorf("the file is %q", body)
	}
	if found := left(t, root); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}

func TestAWriterWithoutTheRightReplacesNothing(t *testing.T) {
	root := tree(t, map[string]string{"old.txt": "old"})
	s := newShareWith(t, root, options{policy: newPolicy(t, true)}) // --upload and nothing else
	if got := s.tell("PUT", "/new.txt", "new").StatusCode; got != 201 {
		t.Errorf("a new file: %d", got)
	}
	for method, want := range map[string]int{"PUT": 409, "DELETE": 403, "MOVE": 403} {
		if got := s.tell(method, "/old.txt", "x", "Destination", "/moved.txt").StatusCode; got != want {
			t.Errorf("%s: %d, want %d", method, got, want)
		}
	}
	if got := s.tell("COPY", "/new.txt", "", "Destination", "/old.txt").StatusCode; got != 409 {
		t.Errorf("COPY over it: %d", got)
	}
	if _, body := s.get("/old.txt"); body != "old" {
		t.Errorf("the file is %q", body)
	}
}

func TestNothingIsWrittenThroughALinkThatLeadsOut(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a", "in/": ""})
	for name, target := range map[string]string{"out": "../share-beside", "file": "../secret.txt", "inside": "in",
		"dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skip(err)
		}
	}
	s := newWritable(t, root)
	for _, c := range [][2]string{{"PUT", "/out/x.txt"}, {"MKCOL", "/out/d"}, {"PUT", "/dangling"},
		{"DELETE", "/out/secret.txt"}} {
		if got := s.tell(c[0], c[1], "x").StatusCode; got < 400 {
			t.Errorf("%s %s: %d", c[0], c[1], got)
		}
	}
	for _, method := range []string{"MOVE", "COPY"} {
		if got := s.tell(method, "/a.txt", "", "Destination", "/out/x.txt").StatusCode; got < 400 {
			t.Errorf("%s out: %d", method, got)
		}
	}
	s.tell("PUT", "/file", "overwritten")
	s.tell("DELETE", "/out/", "")
	for _, path := range []string{"secret.txt", "share-beside/secret.txt"} {
		if data, err := os.ReadFile(filepath.Join(filepath.Dir(root), path)); err != nil || string(data) != secret {
			t.Errorf("%s is %q, %v", path, data, err)
		}
	}
	if got := s.tell("PUT", "/inside/x.txt", "x").StatusCode; got != 201 {
		t.Errorf("through a link inside: %d", got)
	}
}

func TestFormsStoreTheirFilesUnderPlainNames(t *testing.T) {
	for given, want := range map[string]string{
		"a.txt": "a.txt", `C:\\Users\\x\\b.txt`: "b.txt", "/etc/passwd": "passwd", "../../up.txt": "up.txt", "ä.txt": "ä.txt",
		"..": "", ".": "", ".htaccess": "", "dir/": "", "x/..": "", strings.Repeat("l", 256): "",
	} {
		root := tree(t, nil)
		s := newWritable(t, root)
		body := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + given + "\"\r\n\r\ntext\r\n--b--\r\n"
		status := s.tell("POST", "/", body, "Content-Type", "multipart/form-data; boundary=b").StatusCode
		if want == "" {
			if status != 400 {
				t.Errorf("%.40q: %d", given, status)
			}
			continue
		}
		if data, err := os.ReadFile(filepath.Join(root, want)); err != nil || string(data) != "text" || status != 303 {
			t.Errorf("%q: %d, %v", given, status, err)
		}
	}
}

func TestAFormThatBreaksOffKeepsNoHalfFile(t *testing.T) {
	root := tree(t, nil)
	s := newWritable(t, root)
	body := "--b\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\nwhole\r\n--b\r\nContent-Disposition: form-data; name=f; filename=b.txt\r\n\r\nhal"
	if got := s.tell("POST", "/", body, "Content-Type", "multipart/form-data; boundary=b").StatusCode; got != 400 {
		t.Errorf("%d", got)
	}
	if _, err := os.Stat(filepath.Join(root, "b.txt")); err == nil {
		t.Error("half a file is visible")
	}
	if found := left(t, root); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}

// begin starts a tus upload and returns its address.
func (s share) begin(name string, size int) string {
	s.t.Helper()
	resp := s.tell("POST", "/?tus", "", "Tus-Resumable", "1.0.0", "Upload-Length", fmt.Sprint(size), "Upload-Metadata",
		"relativePath "+base64.StdEncoding.EncodeToString([]byte(name)))
	if resp.StatusCode != 201 {
		s.t.Fatalf("no upload of %s: %d", name, resp.StatusCode)
	}
	return resp.Header.Get("Location")
}

func (s share) patch(url, body string, offset int) int {
	return s.tell("PATCH", url, body, "Tus-Resumable", "1.0.0", "Upload-Offset", fmt.Sprint(offset), "Content-Type",
		tus.ChunkType).StatusCode
}

func TestAnUploadIsResumedAndOnlyThenVisible(t *testing.T) {
	root := tree(t, nil)
	s := newWritable(t, root)
	url := s.begin("new/folder/a.bin", 10)
	if got := s.patch(url, "01234", 0); got != 204 {
		t.Fatalf("the first part: %d", got)
	}
	again := newWritable(t, root) // a restart of the server
	if status, _ := again.get("/new/folder/a.bin"); status != 404 {
		t.Errorf("half an upload is visible: %d", status)
	}
	head := again.ask("HEAD", url, "Tus-Resumable", "1.0.0")
	if head.StatusCode != 200 || head.Header.Get("Upload-Offset") != "5" || head.Header.Get("Upload-Length") != "10" {
		t.Errorf("%d %v", head.StatusCode, head.Header)
	}
	for _, c := range []struct{ offset, want int }{{0, 409}, {6, 409}, {10, 409}} {
		if got := again.patch(url, "56789", c.offset); got != c.want {
			t.Errorf("at offset %d: %d", c.offset, got)
		}
	}
	if got := again.patch(url, "56789more", 5); got != 413 {
		t.Errorf("more than was declared: %d", got)
	}
	if got := again.patch(url, "56789", 5); got != 204 {
		t.Errorf("the rest: %d", got)
	}
	if _, body := again.get("/new/folder/a.bin"); body != "0123456789" {
		t.Errorf("it is %q", body)
	}
	if got := again.ask("HEAD", url, "Tus-Resumable", "1.0.0").StatusCode; got != 404 {
		t.Errorf("a finished upload: %d", got)
	}
	if found := left(t, root); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}

func TestBadUploadsAreRefused(t *testing.T) {
	root := tree(t, map[string]string{"dir/": ""})
	s := newWritable(t, root)
	name := func(text string) string { return "filename " + base64.StdEncoding.EncodeToString([]byte(text)) }
	path := func(text string) string {
		return "relativePath " + base64.StdEncoding.EncodeToString([]byte(text))
	}
	for _, c := range []struct {
		version, length, metadata string
		want                      int
	}{
		{"0.2.2", "1", name("a"), 412}, {"1.0.0", "", name("a"), 400}, {"1.0.0", "-1", name("a"), 400},
		{"1.0.0", "9223372036854775808", name("a"), 400},
		{"1.0.0", "1", "filename !!", 400}, {"1.0.0", "1", "", 400}, {"1.0.0", "1", name(".."), 400},
		{"1.0.0", "1", name(".git"), 400},
		{"1.0.0", "1", path("../a"), 400}, {"1.0.0", "1", path("/a"), 400}, {"1.0.0", "1", path("a//b"), 400},
		{"1.0.0", "1", path("a/.git/b"), 400},
		{"1.0.0", "1", path("dir"), 405}, {"1.0.0", "9000000000000000000", name("huge"), 507},
	} {
		got := s.tell("POST", "/?tus", "", "Tus-Resumable", c.version, "Upload-Length", c.length, "Upload-Metadata",
			c.metadata).StatusCode
		if got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	url := s.begin("b.bin", 5)
	if got := s.tell("PATCH", url, "x", "Tus-Resumable", "1.0.0", "Upload-Offset", "0").StatusCode; got != 415 {
		t.Errorf("without its content type: %d", got)
	}
	if got := s.tell("DELETE", url, "", "Tus-Resumable", "1.0.0").StatusCode; got != 204 {
		t.Errorf("ending it: %d", got)
	}
	for _, bad := range []string{"/.ammar/tus/", "/.ammar/tus/../../secret.txt", "/.ammar/tus/" + strings.Repeat("a", 26),
		url} {
		if got := s.ask("HEAD", bad, "Tus-Resumable", "1.0.0").StatusCode; got != 404 {
			t.Errorf("%s: %d", bad, got)
		}
	}
}

func TestTheQuotaHolds(t *testing.T) {
	root := tree(t, map[string]string{"a.bin": strings.Repeat("x", 900)})
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd"), quota: 1000})
	if got := s.tell("PUT", "/b.bin", strings.Repeat("y", 200)).StatusCode; got != 507 {
		t.Errorf("over the quota: %d", got)
	}
	if got := s.tell("PUT", "/c.bin", strings.Repeat("y", 50)).StatusCode; got != 201 {
		t.Errorf("below it: %d", got)
	}
	if got := s.tell("PUT", "/d.bin", strings.Repeat("y", 60)).StatusCode; got != 507 {
		t.Errorf("what was just stored does not count: %d", got)
	}
	s.tell("DELETE", "/a.bin", "")
	if got := s.tell("PUT", "/d.bin", strings.Repeat("y", 200)).StatusCode; got != 201 {
		t.Errorf("after making room: %d", got)
	}
}

func TestAnotherSiteChangesNothing(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a"})
	s := newWritable(t, root)
	for _, header := range [][]string{{"Origin", "http://evil.example"}, {"Origin", "null"},
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		for _, method := range []string{"PUT", "POST", "DELETE", "MKCOL", "MOVE", "COPY", "LOCK", "PROPPATCH"} {
			if got := s.tell(method, "/a.txt", "x", append(header, "Destination", "/b.txt")...).StatusCode; got != 403 {
				t.Errorf("%s with %v: %d", method, header, got)
			}
		}
	}
	for _, query := range []string{"?delete", "?mkdir=x", "?tus", "?move=b.txt"} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			s.tell(method, "/a.txt"+query, "")
		}
	}
	if list, _ := os.ReadDir(root); len(list) != 1 {
		t.Errorf("a GET changed the folder: %v", list)
	}
}

func TestUploadedPagesRunNothing(t *testing.T) {
	root := tree(t, map[string]string{"a.html": "<script>", "a.svg": "<svg/>", "a.xml": "<x/>", "a.js": "1",
		"a.md": "<script>alert(1)</script> [x](javascript:alert(1))", "a.png": "\x89PNG\r\n\x1a\n"})
	s := newWritable(t, root)
	for _, name := range []string{"a.html", "a.svg", "a.xml", "a.js", "a.md"} {
		if got := s.ask("GET", "/"+name).Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "sandbox;") ||
			strings.Contains(got, "allow-scripts") {
			t.Errorf("%s: %q", name, got)
		}
		if entry := s.c.entries["/"+name]; !strings.HasPrefix(entry.Header.Get("Content-Security-Policy"), "sandbox;") {
			t.Errorf("%s from the fast lane: %v", name, entry.Header)
		}
	}
	resp := s.ask("GET", "/a.md?view")
	_, page := s.get("/a.md?view")
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") ||
		strings.Contains(policy, "script-src") {
		t.Errorf("the page of a file: %q", policy)
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "javascript:") {
		t.Errorf("Markdown brings a script: %s", page)
	}
	if got := newShare(t, root).ask("GET", "/a.html").Header.Get("Content-Security-Policy"); got != "" {
		t.Errorf("a page of the owner's own, to which nobody adds: %q", got)
	}
}

func TestDAVBodiesAreBounded(t *testing.T) {
	s := newWritable(t, tree(t, map[string]string{"a.txt": "a"}))
	deep := strings.Repeat("<a>", 1000)
	for body, want := range map[string]int{
		"<x": 400, deep: 400, `<D:propfind xmlns:D="DAV:"><D:prop><b:x xmlns:b=""/></D:prop></D:propfind>`: 400,
		`<!DOCTYPE x [<!ENTITY a "b">]><x/>`: 400, `<D:propfind xmlns:D="DAV:"><D:prop>` +
			strings.Repeat("<D:a/>", 20000): 413,
	} {
		for _, method := range []string{"PROPFIND", "PROPPATCH", "LOCK"} {
			if got := s.tell(method, "/a.txt", body, "Depth", "0").StatusCode; got != want {
				t.Errorf("%s %.60q: %d, want %d", method, body, got, want)
			}
		}
	}
	if got := s.tell("PROPFIND", "/", "", "Depth", "infinity").StatusCode; got != 403 {
		t.Errorf("the whole tree: %d", got)
	}
}

func TestWhatNobodyGoesOnWithIsRemoved(t *testing.T) {
	root := tree(t, nil)
	s := newWritable(t, root)
	s.begin("a.bin", 5)
	s.h.tus.Sweep(time.Now())
	if n := len(left(t, root)); n != 2 {
		t.Errorf("%d files of a new upload", n)
	}
	s.h.tus.Sweep(time.Now().Add(tus.UploadLife + time.Minute))
	if found := left(t, root); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}
