package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The forms of a listing.
const (
	asHTML = "html"
	asJSON = "json"
	asText = "text"
)

// listingForm is the form that a client wants: by ?json, ?text or ?html, by
// Accept, and text for curl, which shows what comes as it is.
func listingForm(r *http.Request) string {
	query := r.URL.Query()
	for _, form := range []string{asJSON, asText, asHTML} {
		if query.Has(form) {
			return form
		}
	}
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html"):
		return asHTML
	case strings.Contains(accept, "application/json"):
		return asJSON
	case strings.Contains(accept, "text/plain"), strings.HasPrefix(r.UserAgent(), "curl/"):
		return asText
	}
	return asHTML
}

// listed is an entry in JSON.
type listed struct {
	Name     string    `json:"name"`
	Href     string    `json:"href"`
	Folder   bool      `json:"folder"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

const (
	// pageSize is how many entries are on one page, unless it is said.
	pageSize = 1000
	// maxPage is how many there can be said to be.
	maxPage = 10_000
)

// slice is the part of a listing that is asked for, by ?page and ?per.
type slice struct {
	page int // from 1; 0: all of it
	per  int
}

// sliceOf reads what part of a listing is wanted. A page for a person is never
// all of it.
func sliceOf(query url.Values, form string) slice {
	s := slice{per: pageSize}
	if n, err := strconv.Atoi(query.Get("per")); err == nil && n >= 1 {
		s.per = min(n, maxPage)
	}
	n, err := strconv.Atoi(query.Get("page"))
	switch {
	case err == nil && n >= 1:
		s.page = min(n, maxSorted/s.per)
	case form == asHTML || query.Has("per"):
		s.page = 1
	}
	return s
}

// bounds is the slice of a listing of so many entries that were kept; a page
// beyond the last is the last.
func (s *slice) bounds(kept int) (start, end int) {
	s.page = min(s.page, max(1, (kept+s.per-1)/s.per))
	start = (s.page - 1) * s.per
	return start, min(start+s.per, kept)
}

// list answers with the folder's entries, in a form for people or programs.
func (h *handler) list(w http.ResponseWriter, r *request, f *os.File, form string) error {
	query := r.URL.Query()
	by, descending := order(query)
	part := sliceOf(query, form)
	rd := &reading{h: h, r: r, f: f, wanted: strings.ToLower(query.Get("q")), full: by != "name"}
	head := w.Header()
	head.Set("Cache-Control", "no-cache")
	head.Add("Vary", "Accept, User-Agent")
	if r.Method == http.MethodHead && form != asHTML {
		begin(w, form)
		return nil
	}
	if part.page > 0 {
		kept, total, err := rd.first(min(part.page*part.per, maxSorted), ordering(by, descending))
		if err != nil {
			return err
		}
		start, end := part.bounds(len(kept))
		if form == asHTML {
			return h.page(w, r, kept[start:end], part, total, by, descending)
		}
		return h.listPart(w, r, kept[start:end], part, total, form)
	}
	rd.full = true
	return listAll(w, rd, form, ordering(by, descending), maxSorted)
}

// writing is a listing for a program, on its way.
type writing struct {
	out   *bufio.Writer
	form  string
	count int
}

func begin(w http.ResponseWriter, form string) *writing {
	kind := "text/plain; charset=utf-8"
	if form == asJSON {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(http.StatusOK)
	return &writing{out: bufio.NewWriterSize(w, 32<<10), form: form}
}

// listPart answers with one page of a listing for a program (Link: RFC 8288).
func (h *handler) listPart(w http.ResponseWriter, r *request, entries []entry, part slice, total int, form string) error {
	head := w.Header()
	head.Set("X-Total-Count", strconv.Itoa(total))
	if part.page*part.per < min(total, maxSorted) {
		query := r.URL.Query()
		query.Set("page", strconv.Itoa(part.page+1))
		head.Set("Link", `<?`+query.Encode()+`>; rel="next"`)
	}
	out := begin(w, form)
	for i := range entries {
		if entries[i].look(h, r.name) { // else it vanished meanwhile
			out.entry(&entries[i])
		}
	}
	out.end()
	return nil
}

// listAll answers with a whole folder, about the first most of its entries in
// order.
func listAll(w http.ResponseWriter, rd *reading, form string, order func(a, b *entry) int, most int) error {
	var entries []entry
	var err error
	for err == nil && len(entries) < most {
		var batch []entry
		batch, err = rd.next()
		entries = append(entries, batch...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	sortEntries(entries, order)
	out := begin(w, form)
	for i := range entries {
		out.entry(&entries[i])
	}
	entries = nil
	for err == nil {
		if entries, err = rd.next(); err != nil && !errors.Is(err, io.EOF) {
			panic(http.ErrAbortHandler) // part of a listing must not look like all of it
		}
		for i := range entries {
			out.entry(&entries[i])
		}
	}
	out.end()
	return nil
}

func (o *writing) entry(e *entry) {
	switch {
	case o.form == asJSON:
		before := byte(',')
		if o.count == 0 {
			before = '['
		}
		o.out.WriteByte(before)
		line, _ := json.Marshal(listed{strings.ToValidUTF8(e.base, "\ufffd"), e.Href(), e.Folder, e.Size, e.modified()}) // texts and numbers
		o.out.Write(escapeRude(line))
		o.out.WriteByte('\n')
	case e.Folder:
		fmt.Fprintf(o.out, "%16s  %s  %s/\n", "-", e.Date(), e.Name())
	default:
		fmt.Fprintf(o.out, "%16d  %s  %s\n", e.Size, e.Date(), e.Name())
	}
	o.count++
}

func (o *writing) end() {
	switch {
	case o.form == asJSON && o.count == 0:
		o.out.WriteString("[]\n")
	case o.form == asJSON:
		o.out.WriteString("]\n")
	}
	_ = o.out.Flush() // the client left
}

// escapeRude writes what a terminal obeys, or what turns other letters, as
// escapes of JSON: the name stays the same, and nobody's screen suffers.
func escapeRude(line []byte) []byte {
	if !bytes.ContainsFunc(line, isRude) {
		return line
	}
	var out []byte
	for _, r := range string(line) {
		if isRude(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// order is by what, and which way, a listing is sorted.
func order(q url.Values) (by string, descending bool) {
	by = q.Get("sort")
	if by != "size" && by != "date" {
		by = "name"
	}
	return by, q.Get("order") == "desc"
}
