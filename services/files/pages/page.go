package pages

import (
	"bufio"
	_ "embed"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/internal/htmltemplate"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/request"
)

//go:embed page.html
var pageHTML string

//go:embed page.js
var pageJS string

// crumb is one step of the path to the folder.
type crumb struct{ Name, Href string }

// column is a heading; its link sorts by it.
type column struct{ Key, Title, Href, Arrow string }

// listingPage has the values of page.html.
type listingPage struct {
	frame
	Crumbs   []crumb
	Columns  []column
	Entries  []entry
	Folders  int
	Files    int
	Bytes    string // of the files on the page
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
	Script   htmltemplate.Raw
}

// listingTemplate is parsed for the first request, not at the start.
var listingTemplate = sync.OnceValue(func() *htmltemplate.Template {
	return htmltemplate.MustParse(headHTML, pageHTML)
})

// newListingPage returns the page of a folder without its entries.
func newListingPage(r *request.Request, root, key string, descending bool) *listingPage {
	shownRoot, below := shownPath(r, root)
	query := r.URL.Query().Get("q")
	p := &listingPage{
		frame:   newFrame(title(below, shownRoot)),
		Crumbs:  crumbs(below, shownRoot),
		Columns: columns(key, descending, query),
		Parent:  below != ".", Query: query, Sort: key,
		Script:   htmltemplate.Raw(pageJS),
		CanWrite: r.Allowed(access.Write, r.Name), CanMove: r.Allowed(access.Write|access.Delete, r.Name),
		CanLink: !r.Anonymous(),
	}
	if !r.Anonymous() {
		p.User = safetext.Replace(r.Identity.User)
	}
	if descending {
		p.Order = "desc"
	}
	return p
}

// shownPath returns the root and the path below it that the page shows. Through
// a link, the linked folder is the root: its place on the disk stays private.
func shownPath(r *request.Request, root string) (shownRoot, below string) {
	if r.Link == nil || r.Link.Name == "." {
		return root, r.Name
	}
	below = strings.TrimPrefix(strings.TrimPrefix(r.Name, r.Link.Name), "/")
	if below == "" {
		below = "."
	}
	return r.Link.Name, below
}

// setEntries fills in the entries of one page and their totals.
func (p *listingPage) setEntries(s folderStore, folder string, entries []entry, part pageRange, total int) {
	p.Entries, p.Total = entries, total
	p.setPageLinks(part)
	var bytes int64
	for i := range p.Entries {
		e := &p.Entries[i]
		e.stat(s, folder) // a file that was just deleted shows no size
		if e.Folder {
			p.Folders++
		} else {
			p.Files++
			bytes += e.Size
		}
	}
	p.Bytes = humanize.Bytes(bytes)
}

// write sends the page.
func (p *listingPage) write(w http.ResponseWriter, r *request.Request) error {
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; script-src 'nonce-"+p.Nonce+
		"'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'")
	head.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	out := bufio.NewWriterSize(w, 32<<10)
	if err := listingTemplate().Execute(out, "", p); err != nil {
		panic(http.ErrAbortHandler) // the client left
	}
	_ = out.Flush() // fails only if the client left
	return nil
}

// setPageLinks links to the previous and the next page.
func (p *listingPage) setPageLinks(part pageRange) {
	p.First = (part.page-1)*part.per + 1
	p.Last = p.First + len(p.Entries) - 1
	link := func(n int) string {
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
		p.Previous = link(part.page - 1)
	}
	if p.Last < p.Total && p.Last < maxSorted {
		p.Next = link(part.page + 1)
	}
}

func columns(key string, descending bool, query string) []column {
	list := []column{{Key: "name", Title: "Name"}, {Key: "size", Title: "Size"}, {Key: "date", Title: "Modified"}}
	for i := range list {
		c := &list[i]
		c.Href = "?sort=" + c.Key
		if query != "" {
			c.Href += "&q=" + url.QueryEscape(query)
		}
		if c.Key != key {
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
		return safetext.Replace(path.Base(root))
	}
	return safetext.Replace(path.Base(name))
}

// crumbs is the path from the root to the folder, as relative links.
func crumbs(name, root string) []crumb {
	var parts []string
	if name != "." {
		parts = strings.Split(name, "/")
	}
	list := []crumb{{safetext.Replace(path.Base(root)), up(len(parts))}}
	for i, part := range parts {
		list = append(list, crumb{safetext.Replace(part), up(len(parts) - i - 1)})
	}
	return list
}

func up(levels int) string {
	if levels == 0 {
		return "./"
	}
	return strings.Repeat("../", levels)
}
