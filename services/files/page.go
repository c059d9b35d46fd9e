package files

import (
	"bufio"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
)

//go:embed page.html
var pageHTML string

//go:embed page.js
var pageJS string

// HumanSize is the size in its largest unit.
func (e entry) HumanSize() string { return humanSize(e.Size) }

// Date and Machine are the time for a person and for a program.
func (e entry) Date() string    { return e.modified().Format("2006-01-02 15:04") }
func (e entry) Machine() string { return e.modified().Format(time.RFC3339) }

// Picture tells whether there is a thumbnail.
func (e entry) Picture() bool { return !e.Folder && pictured(e.base) }

// Viewable tells whether there is a page that shows the file.
func (e entry) Viewable() bool { return !e.Folder && viewOf(e.base) != "" }

// Icon names the picture that stands for the entry.
func (e entry) Icon() string {
	if e.Folder {
		return "folder"
	}
	kind := typeByEnding(ending(e.base))
	main, _, _ := strings.Cut(kind, "/")
	switch {
	case main == "image" || main == "audio" || main == "video":
		return main
	case isText(kind):
		return "text"
	case kind == "application/zip" || kind == "application/gzip" || kind == "application/zstd" || kind == "application/x-tar" || kind == "application/x-7z-compressed":
		return "archive"
	}
	return "file"
}

// crumb is one step of the way to the folder.
type crumb struct{ Name, Href string }

// column is a heading; its link sorts by it.
type column struct{ Key, Title, Href, Arrow string }

// listing is what the page is made of.
type listing struct {
	frame
	Crumbs   []crumb
	Columns  []column
	Entries  []entry
	Folders  int
	Files    int
	Bytes    string // of the files, where all of them were looked at
	Parent   bool
	Query    string
	Sort     string
	Order    string
	First    int // of the entries shown, from 1
	Last     int
	Total    int
	Previous string
	Next     string
	CanWrite bool
	CanMove  bool
	CanLink  bool
	User     string
	Script   template.JS
}

// page answers with a listing for a person.
func (h *handler) page(w http.ResponseWriter, r *request, entries []entry, part slice, total int, by string, descending bool) error {
	query := r.URL.Query()
	shownRoot := h.root.Name()
	below := r.name
	if r.link != nil {
		// Where the folder lies is nobody's business.
		shownRoot = r.link.Name
		if shownRoot == "." {
			shownRoot = h.root.Name()
		}
		below = strings.TrimPrefix(strings.TrimPrefix(r.name, r.link.Name), "/")
		if below == "" || r.link.Name == "." {
			below = r.name
			if r.link.Name == r.name {
				below = "."
			}
		}
	}
	p := listing{
		frame: newFrame(title(below, shownRoot)), Crumbs: crumbs(below, shownRoot), Columns: columns(by, descending, query.Get("q")),
		Parent: below != ".", Entries: entries, Total: total, Query: query.Get("q"), Sort: by,
		Script:   template.JS(pageJS), //nolint:gosec // it is ours
		CanWrite: h.may(r, access.Write, r.name), CanMove: h.may(r, access.Write|access.Delete, r.name),
		CanLink: r.id.User != access.Anyone,
	}
	if r.id.User != access.Anyone {
		p.User = visible(r.id.User)
	}
	if descending {
		p.Order = "desc"
	}
	p.turn(part)
	var bytes int64
	for i := range p.Entries {
		e := &p.Entries[i]
		e.look(h, r.name) // what vanished meanwhile shows no size
		if e.Folder {
			p.Folders++
		} else {
			p.Files++
			bytes += e.Size
		}
	}
	p.Bytes = humanSize(bytes)
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; script-src 'nonce-"+p.Nonce+"'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'")
	head.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	out := bufio.NewWriterSize(w, 32<<10)
	if err := listingPage().Execute(out, p); err != nil {
		panic(http.ErrAbortHandler) // the client left
	}
	_ = out.Flush() // the client left
	return nil
}

// listingPage is parsed, and made safe for where its values stand, by the first
// who asks for a listing.
var listingPage = sync.OnceValue(func() *template.Template { return framed(pageHTML) })

// turn makes the links to the pages before and after.
func (p *listing) turn(part slice) {
	p.First = (part.page-1)*part.per + 1
	p.Last = p.First + len(p.Entries) - 1
	to := func(n int) string {
		q := url.Values{"page": {strconv.Itoa(n)}, "sort": {p.Sort}}
		if part.per != pageSize {
			q.Set("per", strconv.Itoa(part.per))
		}
		if p.Order != "" {
			q.Set("order", p.Order)
		}
		if p.Query != "" {
			q.Set("q", p.Query)
		}
		return "?" + q.Encode()
	}
	if part.page > 1 {
		p.Previous = to(part.page - 1)
	}
	if p.Last < p.Total && p.Last < maxSorted {
		p.Next = to(part.page + 1)
	}
}

func columns(by string, descending bool, wanted string) []column {
	list := []column{{Key: "name", Title: "Name"}, {Key: "size", Title: "Size"}, {Key: "date", Title: "Modified"}}
	for i := range list {
		c := &list[i]
		c.Href = "?sort=" + c.Key
		if wanted != "" {
			c.Href += "&q=" + url.QueryEscape(wanted)
		}
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
