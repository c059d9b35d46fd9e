package files

import (
	"bytes"
	"cmp"
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

//go:embed listing.html
var listingHTML string

// entry is one line of a listing.
type entry struct {
	Name   string // as it is shown
	Href   string
	Folder bool
	Size   int64
	Time   time.Time
}

// HumanSize is the size in its largest unit.
func (e entry) HumanSize() string { return humanSize(e.Size) }

// Date and Machine are the time for a person and for a program.
func (e entry) Date() string    { return e.Time.UTC().Format("2006-01-02 15:04") }
func (e entry) Machine() string { return e.Time.UTC().Format(time.RFC3339) }

// crumb is one step of the way to the folder.
type crumb struct{ Name, Href string }

// column is a heading; its link sorts by it.
type column struct{ Key, Title, Href, Arrow string }

// listing is what the page is made of.
type listing struct {
	Title   string
	Crumbs  []crumb
	Columns []column
	Entries []entry
	Folders int
	Files   int
	Bytes   string
	Parent  bool
	Nonce   string
}

// list answers with the folder's entries, for a person.
func (h *handler) list(w http.ResponseWriter, r *http.Request, f *os.File, name string) error {
	names, err := f.Readdirnames(-1)
	if err != nil {
		return err
	}
	by, descending := order(r.URL.Query())
	page := listing{
		Title: title(name, h.root.Name()), Crumbs: crumbs(name, h.root.Name()), Columns: columns(by, descending),
		Parent: name != ".", Nonce: rand.Text(),
	}
	var total int64
	for _, n := range names {
		e, ok := h.entry(name, n)
		if !ok {
			continue
		}
		if e.Folder {
			page.Folders++
		} else {
			page.Files++
			total += e.Size
		}
		page.Entries = append(page.Entries, e)
	}
	page.Bytes = humanSize(total)
	sortEntries(page.Entries, by, descending)

	tmpl, err := template.New("listing").Parse(listingHTML)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := tmpl.Execute(&body, page); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Length", strconv.Itoa(body.Len()))
	head.Set("Cache-Control", "no-cache")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+page.Nonce+"'; script-src 'nonce-"+page.Nonce+"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	head.Set("Referrer-Policy", "same-origin")
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // the client left
	}
	return nil
}

// entry looks at one name of a folder. Links are followed inside the root;
// what cannot be served is not listed.
func (h *handler) entry(folder, name string) (entry, bool) {
	if hidden(name) || !portable(name) || strings.ContainsAny(name, "\\\x00") {
		return entry{}, false
	}
	info, err := h.root.Stat(path.Join(folder, name))
	if err != nil || plain(info) != nil {
		return entry{}, false
	}
	e := entry{Name: visible(name), Href: "./" + url.PathEscape(name), Folder: info.IsDir(), Size: info.Size(), Time: info.ModTime()}
	if e.Folder {
		e.Href += "/"
		e.Size = 0
	}
	return e, true
}

// order is by what, and which way, a listing is sorted.
func order(q url.Values) (by string, descending bool) {
	by = q.Get("sort")
	if by != "size" && by != "date" {
		by = "name"
	}
	return by, q.Get("order") == "desc"
}

func columns(by string, descending bool) []column {
	list := []column{{Key: "name", Title: "Name"}, {Key: "size", Title: "Size"}, {Key: "date", Title: "Modified"}}
	for i := range list {
		c := &list[i]
		c.Href = "?sort=" + c.Key
		if c.Key != by {
			continue
		}
		c.Arrow = "↑"
		if descending {
			c.Arrow = "↓"
		} else {
			c.Href += "&order=desc"
		}
	}
	return list
}

// sortEntries puts folders first, whatever the order.
func sortEntries(entries []entry, by string, descending bool) {
	slices.SortFunc(entries, func(a, b entry) int {
		if a.Folder != b.Folder {
			if a.Folder {
				return -1
			}
			return 1
		}
		var c int
		switch by {
		case "size":
			c = cmp.Compare(a.Size, b.Size)
		case "date":
			c = a.Time.Compare(b.Time)
		}
		if c == 0 {
			c = cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Href, b.Href))
		}
		if descending {
			return -c
		}
		return c
	})
}

func title(name, root string) string {
	if name == "." {
		return visible(path.Base(root))
	}
	return visible(path.Base(name))
}

// crumbs is the way from the root to the folder, by relative links.
func crumbs(name, root string) []crumb {
	var parts []string
	if name != "." {
		parts = strings.Split(name, "/")
	}
	list := []crumb{{visible(path.Base(root)), up(len(parts))}}
	for i, part := range parts {
		list = append(list, crumb{visible(part), up(len(parts) - i - 1)})
	}
	return list
}

func up(levels int) string {
	if levels == 0 {
		return "./"
	}
	return strings.Repeat("../", levels)
}

// visible is a name as it can be shown: valid UTF-8, no control characters,
// and none that turn the direction of what follows (CVE-2021-42574).
func visible(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(name, string(unicode.ReplacementChar)))
}

// humanSize has three digits and a unit, in steps of 1024.
func humanSize(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		value /= 1024
		if value < 1023.5 {
			break
		}
	}
	digits := 1
	if value >= 99.95 {
		digits = 0
	}
	return strconv.FormatFloat(value, 'f', digits, 64) + " " + unit
}
