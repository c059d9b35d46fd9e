package files

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// hrefs are the links of a listing's rows, in order.
func hrefs(page string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`<a class="entry[^"]*" href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if href := html.UnescapeString(m[1]); href != "../" {
			found = append(found, href)
		}
	}
	return found
}

func TestEveryLinkOfAListingLeadsToItsFile(t *testing.T) {
	names := []string{
		"plain.txt", "with space", "100%", "a?b=c", "a#b", "a&b", `quote"s`, "it's", "<img src=x onerror=alert(1)>",
		"javascript:alert(1)",
		"a:b", "ünï", "日本", "line\nbreak", "tab\there", "\xff\xfe", "rtl\u202etxt.exe", "-dash", "..a", "a;b", "`tick`",
		"{{.}}",
	}
	root := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(root, name), []byte("the text of "+name), 0o644); err != nil {
			t.Logf("this system has no name like %q", name)
		}
	}
	s := newShare(t, root)
	_, page := s.get("/")
	links := hrefs(page)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			want++
		}
	}
	if len(links) != want {
		t.Errorf("%d links for %d files", len(links), want)
	}
	seen := map[string]bool{}
	for _, href := range links {
		rest, relative := strings.CutPrefix(href, "./")
		if !relative {
			t.Errorf("%q is no relative link", href)
		}
		status, body := s.get("/" + rest)
		if status != 200 || !strings.HasPrefix(body, "the text of ") || seen[body] {
			t.Errorf("%q is answered %d: %q", href, status, body)
		}
		seen[body] = true
	}
	for _, bad := range []string{"<img src=x", "\u202e", "line\nbreak"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is on the page as it is", bad)
		}
	}
}

func TestListingsAreSortedAsAsked(t *testing.T) {
	root := tree(t, map[string]string{"b.txt": "1", "A.txt": "333", "c.txt": "22", "zdir/": "", "adir/": ""})
	for i, name := range []string{"c.txt", "A.txt", "b.txt"} {
		at := time.Unix(int64(1000+i), 0)
		if err := os.Chtimes(filepath.Join(root, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	same := time.Unix(500, 0)
	for _, name := range []string{"adir", "zdir"} {
		if err := os.Chtimes(filepath.Join(root, name), same, same); err != nil {
			t.Fatal(err)
		}
	}
	s := newShare(t, root)
	for query, want := range map[string]string{
		"":                      "adir/ zdir/ A.txt b.txt c.txt",
		"?sort=name&order=desc": "zdir/ adir/ c.txt b.txt A.txt",
		"?sort=size":            "adir/ zdir/ b.txt c.txt A.txt",
		"?sort=size&order=desc": "zdir/ adir/ A.txt c.txt b.txt",
		"?sort=date":            "adir/ zdir/ c.txt A.txt b.txt",
		"?sort=<script>":        "adir/ zdir/ A.txt b.txt c.txt",
	} {
		_, page := s.get("/" + query)
		if got := strings.ReplaceAll(strings.Join(hrefs(page), " "), "./", ""); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if strings.Contains(page, "<script>\"") {
			t.Error("the query comes back")
		}
	}
}

func TestAListingSaysHowMuchThereIs(t *testing.T) {
	s := newShare(t, tree(t, map[string]string{"a.bin": strings.Repeat("x", 1536), "dir/b.txt": "b", ".hidden": "x",
		"empty/": ""}))
	_, page := s.get("/")
	for _, want := range []string{"2 folders, 1 file, 1.5 KiB", `title="1536 bytes"`, "<time datetime="} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if links := hrefs(page); len(links) != 3 {
		t.Errorf("links to %v; the hidden file is for nobody", links)
	}
	if _, page := s.get("/empty/"); !strings.Contains(page, "This folder is empty") ||
		!strings.Contains(page, `href="../"`) {
		t.Errorf("the empty folder: %s", page)
	}
}

func TestAListingRunsNoScriptButItsOwn(t *testing.T) {
	s := newShare(t, tree(t, map[string]string{"a.txt": "a"}))
	policy := s.ask("GET", "/").Header.Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`script-src 'nonce-([A-Z2-7]+)'`).FindStringSubmatch(policy)
	if nonce == nil || !strings.Contains(policy, "default-src 'none'") {
		t.Fatalf("policy %q", policy)
	}
	if other := s.ask("GET", "/").Header.Get("Content-Security-Policy"); other == policy {
		t.Error("two pages have one nonce")
	}
}

// A name in JSON is the name itself, whatever is in it.
func TestNamesInJSONAreTrue(t *testing.T) {
	names := []string{"a\u202eb", "c\u009b31m", "d\u061c", `e"f`, "g\x1b[0m", "ä€😀", "plain"}
	root := t.TempDir()
	want := map[string]bool{}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err == nil {
			want[name] = true
		}
	}
	for _, e := range decode[[]jsonEntry](t, newShare(t, root).ask("GET", "/?json")) {
		if !want[e.Name] {
			t.Errorf("%q is listed, which is none of the names", e.Name)
		}
		delete(want, e.Name)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %+v", want)
	}
}
