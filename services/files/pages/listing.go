// Package pages shows folders and files: listings for people and programs, a
// page for one file, and thumbnails.
package pages

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/request"
)

// The formats of a listing.
const (
	HTML = "html"
	JSON = "json"
	Text = "text"
)

const (
	// pageSize is the number of entries on one page, unless the query sets it.
	pageSize = 1000
	// maxPageSize is the largest number that a query can set.
	maxPageSize = 10_000
	// maxSorted bounds the entries of one folder in memory. Pages end there;
	// JSON and text continue in the order of the disk.
	maxSorted = 200_000
)

// Format chooses the format of a listing: by ?json, ?text or ?html, by Accept,
// and text for curl, which shows the answer as it is.
func Format(r *http.Request) string {
	query := r.URL.Query()
	for _, format := range []string{JSON, Text, HTML} {
		if query.Has(format) {
			return format
		}
	}
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html"):
		return HTML
	case strings.Contains(accept, "application/json"):
		return JSON
	case strings.Contains(accept, "text/plain"), strings.HasPrefix(r.UserAgent(), "curl/"):
		return Text
	}
	return HTML
}

// pageRange is the part of a listing that ?page and ?per request.
type pageRange struct {
	page int // from 1; 0: everything
	per  int
}

// parsePageRange reads the requested part. A page for people is never all.
func parsePageRange(query url.Values, format string) pageRange {
	s := pageRange{per: pageSize}
	if n, err := strconv.Atoi(query.Get("per")); err == nil && n >= 1 {
		s.per = min(n, maxPageSize)
	}
	n, err := strconv.Atoi(query.Get("page"))
	switch {
	case err == nil && n >= 1:
		s.page = min(n, maxSorted/s.per)
	case format == HTML || query.Has("per"):
		s.page = 1
	}
	return s
}

// bounds returns the range of indexes among n entries. A page beyond the last
// becomes the last.
func (s *pageRange) bounds(n int) (start, end int) {
	s.page = min(s.page, max(1, (n+s.per-1)/s.per))
	start = (s.page - 1) * s.per
	return start, min(start+s.per, n)
}

// parseOrder reads by which key, and in which direction, to sort.
func parseOrder(q url.Values) (key string, descending bool) {
	key = q.Get("sort")
	if key != "size" && key != "date" {
		key = "name"
	}
	return key, q.Get("order") == "desc"
}

// Listing answers with the entries of folders.
type Listing struct{ store folderStore }

// NewListing returns the listings of a store.
func NewListing(s folderStore) *Listing { return &Listing{store: s} }

// Serve answers with the entries of the open folder f.
func (l *Listing) Serve(w http.ResponseWriter, r *request.Request, f *os.File) error {
	query, format := r.URL.Query(), Format(r.Request)
	key, descending := parseOrder(query)
	part := parsePageRange(query, format)
	rd := &folderReader{store: l.store, r: r, f: f, filter: strings.ToLower(query.Get("q")), stat: key != "name"}
	head := w.Header()
	head.Set("Cache-Control", "no-cache")
	head.Add("Vary", "Accept, User-Agent")
	if r.Method == http.MethodHead && format != HTML {
		newListWriter(w, format)
		return nil
	}
	by := orderBy(key, descending)
	if part.page == 0 {
		rd.stat = true
		return writeAll(w, rd, format, by, maxSorted)
	}
	first, total, err := rd.first(min(part.page*part.per, maxSorted), by)
	if err != nil {
		return err
	}
	start, end := part.bounds(len(first))
	shown := first[start:end]
	if format != HTML {
		return l.writePage(w, r, shown, part, total, format)
	}
	p := newListingPage(r, l.store.Name(), key, descending)
	p.setEntries(l.store, r.Name, shown, part, total)
	return p.write(w, r)
}

// writePage answers a program with one page of a listing (Link: RFC 8288).
func (l *Listing) writePage(w http.ResponseWriter, r *request.Request, entries []entry, part pageRange, total int,
	format string) error {
	head := w.Header()
	head.Set("X-Total-Count", strconv.Itoa(total))
	if part.page*part.per < min(total, maxSorted) {
		query := r.URL.Query()
		query.Set("page", strconv.Itoa(part.page+1))
		head.Set("Link", `<?`+query.Encode()+`>; rel="next"`)
	}
	out := newListWriter(w, format)
	for i := range entries {
		if entries[i].stat(l.store, r.Name) { // false: it was just deleted
			out.entry(&entries[i])
		}
	}
	out.end()
	return nil
}

// writeAll answers with a whole folder. About the first limit entries are
// sorted.
func writeAll(w http.ResponseWriter, rd *folderReader, format string, by order, limit int) error {
	var entries []entry
	var err error
	for err == nil && len(entries) < limit {
		var batch []entry
		batch, err = rd.next()
		entries = append(entries, batch...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	sortEntries(entries, by)
	out := newListWriter(w, format)
	for i := range entries {
		out.entry(&entries[i])
	}
	entries = nil
	for err == nil {
		if entries, err = rd.next(); err != nil && !errors.Is(err, io.EOF) {
			panic(http.ErrAbortHandler) // only this tells the client that entries are missing
		}
		for i := range entries {
			out.entry(&entries[i])
		}
	}
	out.end()
	return nil
}
