package files

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRanges(t *testing.T) {
	const text = "0123456789"
	s := newShare(t, tree(t, map[string]string{"a.bin": text, "empty.bin": ""}))
	for asked, want := range map[string]struct {
		status int
		body   string
		header string // Content-Range
	}{
		"bytes=0-0":                    {206, "0", "bytes 0-0/10"},
		"bytes=2-4":                    {206, "234", "bytes 2-4/10"},
		"bytes=5-":                     {206, "56789", "bytes 5-9/10"},
		"bytes=-3":                     {206, "789", "bytes 7-9/10"},
		"bytes=-100":                   {206, text, "bytes 0-9/10"},
		"bytes=0-100":                  {206, text, "bytes 0-9/10"},
		"Bytes= 1-1 ":                  {206, "1", "bytes 1-1/10"},
		"bytes=0-18446744073709551616": {206, text, "bytes 0-9/10"},
		"bytes=99999999999999999999-":  {416, "", "bytes */10"},
		"bytes=10-":                    {416, "", "bytes */10"},
		"bytes=-0":                     {416, "", "bytes */10"},
		"bytes=5-2":                    {200, text, ""},
		"bytes=-":                      {200, text, ""},
		"bytes=,":                      {200, text, ""},
		"bytes=a-b":                    {200, text, ""},
		"bytes=1 -2":                   {200, text, ""},
		"bytes=+1-2":                   {200, text, ""},
		"items=0-1":                    {200, text, ""},
		"bytes":                        {200, text, ""},
		"bytes=0-1,2-4":                {206, "01234", "bytes 0-4/10"}, // they touch
		"bytes=0-,0-,0-":               {206, text, "bytes 0-9/10"},
		"bytes= 3-4 , ,20-30":          {206, "34", "bytes 3-4/10"}, // the other has nothing
		"bytes=0-1,x":                  {200, text, ""},
	} {
		resp := s.ask("GET", "/a.bin", "Range", asked)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != want.status || resp.Header.Get("Content-Range") != want.header || want.status != 416 &&
			string(body) != want.body {
			t.Errorf("%q: %d %q %q, want %d %q %q", asked, resp.StatusCode, resp.Header.Get("Content-Range"), body, want.status,
				want.header, want.body)
		}
		if want.status != 416 && resp.Header.Get("Content-Length") != strconv.Itoa(len(want.body)) {
			t.Errorf("%q: Content-Length %s", asked, resp.Header.Get("Content-Length"))
		}
	}
	if status, _ := s.get("/empty.bin", "Range", "bytes=0-0"); status != 416 {
		t.Errorf("a range of nothing: %d", status)
	}
	if status, body := s.get("/a.bin", "Range", "bytes=0-0", "Range", "bytes=1-1"); status != 200 || body != text {
		t.Errorf("two Range headers: %d %q", status, body)
	}
	if resp := s.ask("HEAD", "/a.bin", "Range", "bytes=0-0"); resp.StatusCode != 200 ||
		resp.Header.Get("Content-Length") != "10" {
		t.Errorf("HEAD with a range: %d, %s bytes", resp.StatusCode, resp.Header.Get("Content-Length"))
	}
}

func TestPreconditions(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "hello"})
	modified := time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)
	if err := os.Chtimes(filepath.Join(root, "a.txt"), modified, modified); err != nil {
		t.Fatal(err)
	}
	s := newShare(t, root)
	tag := s.ask("GET", "/a.txt").Header.Get("ETag")
	at := func(d time.Duration) string { return modified.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		header []string
		want   int
	}{
		{[]string{"If-None-Match", tag}, 304},
		{[]string{"If-None-Match", "W/" + tag}, 304},
		{[]string{"If-None-Match", `"x", ` + tag}, 304},
		{[]string{"If-None-Match", `"x"`, "If-None-Match", tag}, 304},
		{[]string{"If-None-Match", "*"}, 304},
		{[]string{"If-None-Match", `"x"`}, 200},
		{[]string{"If-None-Match", "nonsense"}, 200},
		{[]string{"If-None-Match", `"x"`, "If-Modified-Since", at(0)}, 200}, // the tag decides
		{[]string{"If-Modified-Since", at(0)}, 304},
		{[]string{"If-Modified-Since", at(time.Hour)}, 304},
		{[]string{"If-Modified-Since", at(-time.Second)}, 200},
		{[]string{"If-Modified-Since", "yesterday"}, 200},
		{[]string{"If-Match", tag}, 200},
		{[]string{"If-Match", "*"}, 200},
		{[]string{"If-Match", `"x"`}, 412},
		{[]string{"If-Match", "W/" + tag}, 412}, // If-Match compares strongly
		{[]string{"If-Match", tag, "If-None-Match", tag}, 304},
		{[]string{"If-Match", `"x"`, "If-None-Match", tag}, 412},
		{[]string{"If-Unmodified-Since", at(0)}, 200},
		{[]string{"If-Unmodified-Since", at(-time.Hour)}, 412},
		{[]string{"If-Match", tag, "If-Unmodified-Since", at(-time.Hour)}, 200}, // the tag decides
		{[]string{"Range", "bytes=0-1", "If-Range", tag}, 206},
		{[]string{"Range", "bytes=0-1", "If-Range", `"x"`}, 200},
		{[]string{"Range", "bytes=0-1", "If-Range", "W/" + tag}, 200},
		{[]string{"Range", "bytes=0-1", "If-Range", at(0)}, 206},
		{[]string{"Range", "bytes=0-1", "If-Range", at(time.Hour)}, 200},
		{[]string{"Range", "bytes=0-1", "If-None-Match", tag}, 304},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			want := c.want
			if method == "HEAD" && want == 206 {
				want = 200
			}
			resp := s.ask(method, "/a.txt", c.header...)
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != want {
				t.Errorf("%s %v: %d, want %d", method, c.header, resp.StatusCode, want)
			}
			if want == 304 && (len(body) > 0 || resp.Header.Get("ETag") != tag) {
				t.Errorf("%v: 304 with body %q, ETag %s", c.header, body, resp.Header.Get("ETag"))
			}
		}
	}
}

func TestTheTagIsAnotherWhenTheFileIs(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "one"})
	s := newShare(t, root)
	seen := map[string]bool{}
	path := filepath.Join(root, "a.txt")
	for i, change := range []func(){
		func() {},
		func() { write(t, path, "longer") },
		func() { // replaced by another of the same size and time
			info, _ := os.Stat(path)
			write(t, path+".new", "shorte")
			os.Chtimes(path+".new", info.ModTime(), info.ModTime())
			os.Rename(path+".new", path)
		},
	} {
		change()
		tag := s.ask("GET", "/a.txt").Header.Get("ETag")
		if seen[tag] {
			t.Errorf("change %d is not seen in %s", i, tag)
		}
		seen[tag] = true
	}
}

func TestContentTypes(t *testing.T) {
	pdf, png := "%PDF-1.4 x", "\x89PNG\r\n\x1a\nx"
	files := map[string][2]string{ // name: text, type
		"a.html": {"<p>", "text/html; charset=utf-8"}, "a.css": {"p{}", "text/css; charset=utf-8"},
		"A.TXT": {"x", "text/plain; charset=utf-8"},
		"a.md":  {"#", "text/markdown; charset=utf-8"}, "a.js": {"1", "text/javascript; charset=utf-8"},
		"a.json": {"{}", "application/json; charset=utf-8"},
		"a.svg":  {"<svg/>", "image/svg+xml; charset=utf-8"}, "a.wasm": {"\x00asm", "application/wasm"},
		"a.webp": {"x", "image/webp"}, "a.mp4": {"x", "video/mp4"},
		"latin.txt": {"caf\xe9", "text/plain"}, "noending": {"hello\n", "text/plain; charset=utf-8"},
		"pdf": {pdf, "application/pdf"}, "picture": {png, "image/png"},
		"binary": {"\x00\x01\x02", "application/octet-stream"}, "empty": {"", "application/octet-stream"},
		"x.unknown": {"\x00", "application/octet-stream"},
		"cut.txt":   {strings.Repeat("a", 512-1) + "é", "text/plain; charset=utf-8"},
	}
	tr := map[string]string{}
	for name, c := range files {
		tr[name] = c[0]
	}
	s := newShare(t, tree(t, tr))
	for name, c := range files {
		if got := s.ask("GET", "/"+name).Header.Get("Content-Type"); got != c[1] {
			t.Errorf("%s is %q, want %q", name, got, c[1])
		}
	}
}

func TestHEADSaysWhatGETWould(t *testing.T) {
	s := newShare(t, tree(t, map[string]string{"a.txt": "hello", "big.bin": strings.Repeat("x", (256<<10)+1), "dir/": ""}))
	for _, target := range []string{"/a.txt", "/big.bin", "/none"} {
		get, head := s.ask("GET", target), s.ask("HEAD", target)
		if body, _ := io.ReadAll(head.Body); len(body) > 0 && head.StatusCode == 200 {
			t.Errorf("%s: HEAD has a body", target)
		}
		if get.StatusCode != head.StatusCode || fmt.Sprint(get.Header) != fmt.Sprint(head.Header) {
			t.Errorf("%s: %d %v, HEAD %d %v", target, get.StatusCode, get.Header, head.StatusCode, head.Header)
		}
	}
}

func TestSmallWholeFilesAreKeptForTheFastLane(t *testing.T) {
	root := tree(t, map[string]string{"a b.txt": "hello", "big.bin": strings.Repeat("x", (256<<10)+1),
		"dir/index.html": "<p>"})
	s := newShare(t, root)
	s.get("/a%20b.txt")
	s.get("/big.bin")
	s.get("/dir/")
	s.get("/a%20b.txt?x=1")
	s.get("/a%20b.txt", "Range", "bytes=0-1")
	entry, ok := s.c.entries["/a%20b.txt"]
	if !ok || string(entry.Body) != "hello" || entry.ContentType != "text/plain; charset=utf-8" || !entry.Valid() {
		t.Errorf("kept: %+v", s.c.entries)
	}
	if _, ok := s.c.entries["/dir/"]; !ok || len(s.c.entries) != 2 {
		t.Errorf("%d targets are kept, want the file and the folder's index", len(s.c.entries))
	}
	write(t, filepath.Join(root, "a b.txt"), "hello, changed")
	if entry.Valid() {
		t.Error("it is valid though the file changed")
	}
	if err := os.Remove(filepath.Join(root, "dir", "index.html")); err != nil {
		t.Fatal(err)
	}
	if index := s.c.entries["/dir/"]; index.Valid() {
		t.Error("it is valid though the file is gone")
	}
}
