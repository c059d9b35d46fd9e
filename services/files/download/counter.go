package download

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"sync"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

const (
	// maxDownloads bounds the downloads that are remembered.
	maxDownloads = 4096
	// maxSpans bounds the separate pieces of one download.
	maxSpans = 1024
	// maxOnce bounds the files of a share that ends after all were downloaded.
	maxOnce = 10000
)

// linkCounts counts the downloads through a link.
type linkCounts interface{ Begin(id string) error }

// Counter knows which bytes of which file a client has received. Parts that
// come at once or after a pause are one download, which is complete when every
// byte was sent. Counter is safe for concurrent use.
type Counter struct {
	store *store.Store
	links linkCounts
	only  string
	done  func() // called once, when everything was downloaded; nil: never

	mu       sync.Mutex
	running  map[string][]semantics.Span
	complete map[string]bool // names of files that some client has completely
	ended    bool
}

// NewCounter returns a counter. done, if not nil, is called once when every
// file of the share was downloaded; only is the one file that is shared.
func NewCounter(s *store.Store, links linkCounts, only string, done func()) *Counter {
	return &Counter{store: s, links: links, only: only, done: done,
		running: map[string][]semantics.Span{}, complete: map[string]bool{}}
}

// Download is one download of one client.
type Download struct {
	counter *Counter
	key     string
	name    string
}

// Begin counts a download of a link, unless it continues one. tag identifies
// the version of the file. It refuses a link that was used up or revoked.
func (c *Counter) Begin(r *request.Request, name, tag string) (*Download, error) {
	link := ""
	if r.Link != nil {
		link = r.Link.ID
	}
	d := &Download{counter: c, key: link + "\x00" + r.Client() + "\x00" + name + "\x00" + tag, name: name}
	if r.Link == nil && c.done == nil {
		return d, nil // nothing to count
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, running := c.running[d.key]; running {
		return d, nil
	}
	if r.Link != nil {
		if err := c.links.Begin(link); errors.Is(err, access.ErrUsedUp) || errors.Is(err, access.ErrNoLink) {
			return nil, semantics.Refuse(http.StatusGone, semantics.Sentence(err))
		} else if err != nil {
			return nil, err
		}
	}
	if len(c.running) >= maxDownloads {
		for old := range c.running {
			delete(c.running, old)
			break
		}
	}
	c.running[d.key] = nil
	return d, nil
}

// Sent records bytes of a file of this size that were sent.
func (d *Download) Sent(size int64, s semantics.Span) {
	if d.counter.sent(d.key, size, s) && d.counter.done != nil {
		d.counter.completed(d.name)
	}
}

// sent reports whether s was the last missing part.
func (c *Counter) sent(key string, size int64, s semantics.Span) (complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	spans, running := c.running[key]
	if !running {
		return false
	}
	if s.Length > 0 {
		spans = append(spans, s)
		slices.SortFunc(spans, func(a, b semantics.Span) int { return int(max(-1, min(1, a.Start-b.Start))) })
		if spans = semantics.Merge(spans); len(spans) > maxSpans {
			spans = spans[:maxSpans]
		}
		c.running[key] = spans
	}
	complete = size == 0 || len(spans) == 1 && spans[0] == semantics.Span{Start: 0, Length: size}
	if complete {
		delete(c.running, key)
	}
	return complete
}

// completed records that some client has the whole file.
func (c *Counter) completed(name string) {
	c.mu.Lock()
	c.complete[name] = true
	all := c.only != "" || len(c.complete) <= maxOnce && c.everything(".", 0)
	c.mu.Unlock()
	if all {
		c.end()
	}
}

// Folder records that some client has a whole folder, as an archive.
func (c *Counter) Folder(name string) {
	if c.done != nil && name == "." {
		c.end()
	}
}

func (c *Counter) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended = true
		c.done()
	}
}

// everything reports whether every file below folder is complete. mu is held.
func (c *Counter) everything(folder string, depth int) bool {
	d, err := c.store.Open(folder)
	if err != nil || depth > store.MaxDepth {
		return false
	}
	defer d.Close()
	for {
		list, err := d.ReadDir(256)
		for _, e := range list {
			name := path.Join(folder, e.Name())
			switch {
			case !names.Served(e.Name()):
			case e.Type()&fs.ModeDir != 0:
				if !c.everything(name, depth+1) {
					return false
				}
			case e.Type().IsRegular() && !c.complete[name]:
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

// BeginFolder is Begin for the archive of a folder in one format.
func (c *Counter) BeginFolder(r *request.Request, name, format string) error {
	_, err := c.Begin(r, name, format)
	return err
}
