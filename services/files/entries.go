package files

import (
	"cmp"
	"container/heap"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// maxSorted bounds the entries of one folder that are in memory at once. Those
// beyond are not on a page; as JSON and text they follow as the disk has them.
const maxSorted = 200_000

// entry is one line of a listing. There may be many of them, so it holds no
// more than is needed to put them in order.
type entry struct {
	base   string // as it is on the disk
	Folder bool
	known  bool // Size and stamp are
	Size   int64
	stamp  int64 // nanoseconds of Unix time
}

// Name is the name as it can be shown.
func (e entry) Name() string { return visible(e.base) }

// Href is the relative address of the entry.
func (e entry) Href() string {
	href := "./" + url.PathEscape(e.base)
	if e.Folder {
		href += "/"
	}
	return href
}

// modified is the time of the last change.
func (e entry) modified() time.Time { return time.Unix(0, e.stamp).UTC() }

// served tells whether a name of a folder is one that can be asked for.
func served(name string) bool {
	return !hidden(name) && portable(name) && !strings.ContainsAny(name, "\\\x00")
}

// reading goes through the entries of a folder that are to be seen.
type reading struct {
	h      *handler
	r      *request
	f      *os.File // the folder
	wanted string   // in lower case, what names contain; empty: anything
	full   bool     // with size and time, which takes a look at each file
}

// next returns some more of them; io.EOF says that these were the last.
func (rd *reading) next() ([]entry, error) {
	batch, err := rd.f.ReadDir(1024)
	entries := make([]entry, 0, len(batch))
	for _, d := range batch {
		if rd.wanted != "" && !strings.Contains(strings.ToLower(d.Name()), rd.wanted) {
			continue
		}
		if e, ok := rd.entry(d); ok && (!rd.full || e.look(rd.h, rd.r.name)) {
			entries = append(entries, e)
		}
	}
	if err == nil {
		err = rd.r.Context().Err()
	}
	return entries, err
}

// entry makes one of a name, if it can be served to who asks. Links are
// followed inside the root.
func (rd *reading) entry(d fs.DirEntry) (entry, bool) {
	e := entry{base: d.Name(), Folder: d.IsDir()}
	if !served(e.base) {
		return e, false
	}
	switch {
	case d.Type()&fs.ModeSymlink != 0:
		if !e.look(rd.h, rd.r.name) {
			return e, false
		}
	case !d.IsDir() && !d.Type().IsRegular():
		return e, false
	}
	return e, rd.h.policy.Allows(rd.r.id, access.Need{Right: access.Read, Name: path.Join(rd.r.name, e.base), Some: e.Folder})
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
	e.Folder, e.Size, e.stamp, e.known = info.IsDir(), info.Size(), info.ModTime().UnixNano(), true
	if e.Folder {
		e.Size = 0
	}
	return true
}

// best keeps the first few of many entries: a heap with the last of them on top.
type best struct {
	list  []entry
	most  int
	total int // of those that were added
	order func(a, b *entry) int
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (b *best) Len() int           { return len(b.list) }
func (b *best) Less(i, j int) bool { return b.order(&b.list[i], &b.list[j]) > 0 }
func (b *best) Swap(i, j int)      { b.list[i], b.list[j] = b.list[j], b.list[i] }
func (b *best) Push(any)           {} // add appends by itself, without a copy on the heap
func (b *best) Pop() any           { return nil }

// add keeps e if it is among the first.
func (b *best) add(e entry) {
	b.total++
	switch {
	case len(b.list) < b.most:
		if b.list = append(b.list, e); len(b.list) == b.most {
			heap.Init(b)
		}
	case b.most > 0 && b.order(&e, &b.list[0]) < 0:
		b.list[0] = e
		heap.Fix(b, 0)
	}
}

// first reads all entries and returns the first most of them in order, and how
// many there are.
func (rd *reading) first(most int, order func(a, b *entry) int) (list []entry, total int, err error) {
	keep := best{most: most, order: order}
	for {
		batch, err := rd.next()
		for _, e := range batch {
			keep.add(e)
		}
		if errors.Is(err, io.EOF) {
			sortEntries(keep.list, order)
			return keep.list, keep.total, nil
		}
		if err != nil {
			return nil, 0, err
		}
	}
}

func sortEntries(list []entry, order func(a, b *entry) int) {
	slices.SortFunc(list, func(a, b entry) int { return order(&a, &b) })
}

// ordering compares entries by name, size or date, with folders first.
func ordering(by string, descending bool) func(a, b *entry) int {
	return func(a, b *entry) int {
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
			c = cmp.Compare(a.stamp, b.stamp)
		}
		if c == 0 {
			c = cmp.Or(natural(a.base, b.base), cmp.Compare(a.base, b.base))
		}
		if descending {
			return -c
		}
		return c
	}
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
