package files

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ammarctl/ammarctl/services/files/access"
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

// entry is one line of a listing.
type entry struct {
	Name   string // as it is shown
	Href   string
	Folder bool
	Size   int64
	Time   time.Time
	base   string // as it is on the disk
	known  bool   // Size and Time are
}

// listed is an entry in JSON.
type listed struct {
	Name     string    `json:"name"`
	Href     string    `json:"href"`
	Folder   bool      `json:"folder"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// served tells whether a name of a folder is one that can be asked for.
func served(name string) bool {
	return !hidden(name) && portable(name) && !strings.ContainsAny(name, "\\\x00")
}

// list answers with the folder's entries, in a form for people or programs.
func (h *handler) list(w http.ResponseWriter, r *request, f *os.File, form string) error {
	query := r.URL.Query()
	by, descending := order(query)
	entries, err := h.entries(r, f, by != "name" || form != asHTML, query.Get("q"))
	if err != nil {
		return err
	}
	sortEntries(entries, by, descending)
	head := w.Header()
	head.Set("Cache-Control", "no-cache")
	head.Add("Vary", "Accept, User-Agent")
	if form == asHTML {
		return h.page(w, r, entries, by, descending)
	}
	write := writeText
	head.Set("Content-Type", "text/plain; charset=utf-8")
	if form == asJSON {
		write = writeJSON
		head.Set("Content-Type", "application/json")
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	out := bufio.NewWriterSize(w, 32<<10)
	write(out, entries)
	_ = out.Flush() // the client left
	return nil
}

// entries looks at the names of a folder that are to be seen. When full is
// false, size and time are left for later: a page shows few of many.
func (h *handler) entries(r *request, f *os.File, full bool, wanted string) ([]entry, error) {
	wanted = strings.ToLower(wanted)
	var entries []entry
	for {
		batch, err := f.ReadDir(1024)
		for _, d := range batch {
			if wanted != "" && !strings.Contains(strings.ToLower(d.Name()), wanted) {
				continue
			}
			if e, ok := h.entry(r, d); ok && (!full || e.look(h, r.name)) {
				entries = append(entries, e)
			}
		}
		if err == io.EOF {
			return entries, nil
		}
		if err == nil {
			err = r.Context().Err()
		}
		if err != nil {
			return nil, err
		}
	}
}

// entry makes one of a name, if it can be served to who asks. Links are
// followed inside the root.
func (h *handler) entry(r *request, d fs.DirEntry) (entry, bool) {
	base := d.Name()
	if !served(base) {
		return entry{}, false
	}
	name := path.Join(r.name, base)
	e := entry{Name: visible(base), Href: "./" + url.PathEscape(base), base: base, Folder: d.IsDir()}
	switch {
	case d.Type()&fs.ModeSymlink != 0:
		if !e.look(h, r.name) {
			return e, false
		}
	case !d.IsDir() && !d.Type().IsRegular():
		return e, false
	}
	if e.Folder {
		e.Href += "/"
	}
	return e, h.policy.Allows(r.id, access.Need{Right: access.Read, Name: name, Some: e.Folder})
}

// look fills in size and time; false when the file is not to be seen.
func (e *entry) look(h *handler, folder string) bool {
	if e.known {
		return true
	}
	info, err := h.root.Stat(path.Join(folder, e.base))
	if err != nil || plain(info) != nil {
		return false
	}
	e.Folder, e.Size, e.Time, e.known = info.IsDir(), info.Size(), info.ModTime(), true
	if e.Folder {
		e.Size = 0
	}
	return true
}

func writeText(out *bufio.Writer, entries []entry) {
	for _, e := range entries {
		if e.Folder {
			fmt.Fprintf(out, "%16s  %s  %s/\n", "-", e.Date(), e.Name)
			continue
		}
		fmt.Fprintf(out, "%16d  %s  %s\n", e.Size, e.Date(), e.Name)
	}
}

func writeJSON(out *bufio.Writer, entries []entry) {
	out.WriteByte('[')
	for i, e := range entries {
		if i > 0 {
			out.WriteByte(',')
		}
		line, _ := json.Marshal(listed{strings.ToValidUTF8(e.base, "\ufffd"), e.Href, e.Folder, e.Size, e.Time.UTC()}) // texts and numbers
		out.Write(escapeRude(line))
		out.WriteByte('\n')
	}
	out.WriteString("]\n")
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
			c = cmp.Or(natural(a.Name, b.Name), cmp.Compare(a.Href, b.Href))
		}
		if descending {
			return -c
		}
		return c
	})
}

// natural compares names as people do: without regard to case, and numbers in
// them by their value, so that 9.jpg comes before 10.jpg.
func natural(a, b string) int {
	for a != "" && b != "" {
		na, ra := leadingNumber(a)
		nb, rb := leadingNumber(b)
		if na != "" && nb != "" {
			va, vb := strings.TrimLeft(na, "0"), strings.TrimLeft(nb, "0")
			if c := cmp.Or(cmp.Compare(len(va), len(vb)), cmp.Compare(va, vb)); c != 0 {
				return c
			}
			a, b = ra, rb
			continue
		}
		la, lb := lower(a[0]), lower(b[0])
		if la != lb {
			if la >= 0x80 || lb >= 0x80 {
				return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
			}
			return cmp.Compare(la, lb)
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func leadingNumber(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}
