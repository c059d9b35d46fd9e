package pages

import (
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// html/template, which is not in the program because of its size, fills in the
// page of a folder in the same way.
func TestTheListingIsFilledInAsByHTMLTemplate(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a'b&c.txt", "<i>.png", "x.zip", "javascript:alert(1)", "ü \"q\".mp3"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	oracle := template.Must(template.Must(template.New("").Parse(headHTML)).Parse(pageHTML))
	for _, target := range []string{"/", "/?q=%3Cb%3E&page=2&per=1", "/?sort=size&order=desc&q=a"} {
		r := parsed(t, target)
		f, err := root.Open(".")
		if err != nil {
			t.Fatal(err)
		}
		query := r.URL.Query()
		key, descending := parseOrder(query)
		part := parsePageRange(query, HTML)
		rd := &folderReader{store: root, r: r, f: f, filter: strings.ToLower(query.Get("q")), stat: key != "name"}
		entries, total, err := rd.first(maxSorted, orderBy(key, descending))
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		start, end := part.bounds(len(entries))
		p := newListingPage(r, "/the/root", key, descending)
		p.setEntries(root, ".", entries[start:end], part, total)
		p.CanWrite, p.User = true, "<me>"
		got, err := listingTemplate().Render("", p)
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		if err := oracle.Execute(&want, struct { // the outer fields hide those of the page
			*listingPage
			Style  template.CSS
			Script template.JS
		}{p, template.CSS(pageCSS), template.JS(pageJS)}); err != nil { //nolint:gosec // constants of ours
			t.Fatal(err)
		}
		ours := strings.Split(strings.TrimSpace(string(got)), "\n")
		for i, line := range strings.Split(strings.TrimSpace(strings.ReplaceAll(want.String(), "&#43;", "+")), "\n") {
			if i >= len(ours) || ours[i] != line {
				t.Errorf("%s, line %d:\n got %s\nwant %s", target, i+1, ours[min(i, len(ours)-1)], line)
				break
			}
		}
	}
}
