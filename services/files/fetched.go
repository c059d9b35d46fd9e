package files

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/services/files/access"
)

const (
	// maxFetched bounds the downloads that are remembered.
	maxFetched = 4096
	// maxSpans bounds the pieces of one.
	maxSpans = 1024
	// maxOnce bounds the files of a share that ends when all were fetched.
	maxOnce = 10000
)

// fetched knows which bytes of which file a client has got. A download that
// comes in parts, at once or resumed, is one download; it is complete when
// every byte was sent.
type fetched struct {
	h *handler

	mu   sync.Mutex
	by   map[string][]span
	got  map[string]bool // names of files that somebody has got completely
	over bool
}

func newFetched(h *handler) *fetched {
	return &fetched{h: h, by: map[string][]span{}, got: map[string]bool{}}
}

// key stands for one download of one client.
func (f *fetched) key(r *request, name, tag string) string {
	link := ""
	if r.link != nil {
		link = r.link.ID
	}
	return link + "\x00" + r.client() + "\x00" + name + "\x00" + tag
}

// begin counts a download of a link, unless it goes on with one. With nothing
// to count or to end it does nothing.
func (f *fetched) begin(r *request, key string) error {
	if r.link == nil && f.h.done == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, running := f.by[key]; running {
		return nil
	}
	if r.link != nil {
		if err := f.h.links.Begin(r.link.ID); errors.Is(err, access.ErrUsedUp) || errors.Is(err, access.ErrNoLink) {
			return &refusal{status: http.StatusGone, text: sentence(err)}
		} else if err != nil {
			return err
		}
	}
	if len(f.by) >= maxFetched {
		for old := range f.by {
			delete(f.by, old)
			break
		}
	}
	f.by[key] = nil
	return nil
}

// sent notes what went out; when it is the last that was missing, the
// download is complete.
func (f *fetched) sent(key, name string, size int64, s span) {
	f.mu.Lock()
	spans, running := f.by[key]
	if !running {
		f.mu.Unlock()
		return
	}
	if s.length > 0 {
		spans = append(spans, s)
		slices.SortFunc(spans, func(a, b span) int { return int(max(-1, min(1, a.start-b.start))) })
		if spans = coalesce(spans); len(spans) > maxSpans {
			spans = spans[:maxSpans]
		}
		f.by[key] = spans
	}
	complete := size == 0 || len(spans) == 1 && spans[0] == span{0, size}
	if complete {
		delete(f.by, key)
	}
	f.mu.Unlock()
	if complete && f.h.done != nil {
		f.file(name)
	}
}

// file notes that somebody has got a whole file.
func (f *fetched) file(name string) {
	f.mu.Lock()
	f.got[name] = true
	all := f.h.only != "" || len(f.got) <= maxOnce && f.everything(".", 0)
	f.mu.Unlock()
	if all {
		f.end()
	}
}

// whole notes that somebody has got an archive of a folder.
func (f *fetched) whole(folder string) {
	if f.h.done != nil && folder == "." {
		f.end()
	}
}

func (f *fetched) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.over {
		f.over = true
		f.h.done()
	}
}

// everything tells whether no file below folder is missing in got. mu is held.
func (f *fetched) everything(folder string, depth int) bool {
	d, err := f.h.root.Open(folder)
	if err != nil || depth > maxDepth {
		return false
	}
	defer d.Close()
	for {
		list, err := d.ReadDir(256)
		for _, e := range list {
			name := path.Join(folder, e.Name())
			switch {
			case !served(e.Name()):
			case e.Type()&fs.ModeDir != 0:
				if !f.everything(name, depth+1) {
					return false
				}
			case e.Type().IsRegular() && !f.got[name]:
				return false
			}
		}
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// ending is a name's, in lower case, without the dot.
func ending(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }
