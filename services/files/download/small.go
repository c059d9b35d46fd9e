package download

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// maxSmallFile is the largest file that the server's cache holds, in bytes.
const maxSmallFile = 256 << 10

// Cache is the server's cache of small answers. Implementations are safe for
// concurrent use.
type Cache interface {
	Put(target string, e server.Entry) bool
	Drop(target string)
}

// bandwidth tells whether transfers are limited; the cache does not wait.
type bandwidth interface{ Limited() bool }

// SmallFiles puts small files, and names without a file, into the server's
// cache. It does so only for answers that are the same for everyone.
type SmallFiles struct {
	Cache    Cache // replaced only before the first request
	Disabled bool  // nothing is cached: each download is counted

	store  *store.Store
	only   string
	limits bandwidth
}

// NewSmallFiles returns the small files of a store. only is the one file that
// is shared; empty means the whole folder.
func NewSmallFiles(c Cache, s *store.Store, only string, limits bandwidth) *SmallFiles {
	return &SmallFiles{Cache: c, store: s, only: only, limits: limits}
}

// Forget removes a name and the listing of its folder from the cache.
func (c *SmallFiles) Forget(name string) {
	c.Cache.Drop(semantics.EscapedPath(name))
	c.Cache.Drop((&url.URL{Path: "/" + path.Dir(name) + "/"}).EscapedPath())
}

// NotFound caches the 404 of a name until a file has that name. In a writable
// share it does nothing, since clients look for what they just stored.
func (c *SmallFiles) NotFound(r *request.Request, text string) {
	if r.Policy.Writable() || r.Slash || !c.sameForEveryone(r, r.Name) {
		return
	}
	name := r.Name
	c.Cache.Put(r.RequestURI, server.Entry{
		Status: http.StatusNotFound, ContentType: "text/plain; charset=utf-8",
		Body: []byte(text + "\n"), // as http.Error writes it
		Valid: func() bool {
			_, err := c.store.Stat(name)
			return errors.Is(err, fs.ErrNotExist) && !c.limits.Limited()
		},
	})
}

// serve caches a small file and answers from the cache. answered is false for a
// file that is not cacheable, and for conditional requests.
func (c *SmallFiles) serve(w http.ResponseWriter, r *request.Request, v variant) (answered bool, err error) {
	if !c.cacheable(r, v.info, v.name) {
		return false, nil
	}
	e, err := c.put(r, v)
	if err != nil {
		return false, err
	}
	if semantics.Conditional(r.Request) {
		return false, nil
	}
	e.ServeHTTP(w, r.Request)
	return true, nil
}

// cacheable reports whether the answer with this file is small and the same for
// everyone.
func (c *SmallFiles) cacheable(r *request.Request, info fs.FileInfo, name string) bool {
	return info.Size() <= maxSmallFile && r.Header["Range"] == nil && c.sameForEveryone(r, name)
}

func (c *SmallFiles) sameForEveryone(r *request.Request, name string) bool {
	return r.Method == http.MethodGet && r.Link == nil && !c.Disabled && !c.limits.Limited() &&
		r.URL.RawQuery == "" && r.RequestURI == r.URL.EscapedPath() && r.AllowedAnyone(access.Read, name)
}

// put caches a small file until the file changes. A text is cached with its
// encodings, so that it is compressed once.
func (c *SmallFiles) put(r *request.Request, v variant) (server.Entry, error) {
	body, err := io.ReadAll(io.LimitReader(v.f, maxSmallFile+1))
	if err != nil || int64(len(body)) != v.info.Size() {
		return server.Entry{}, fmt.Errorf("cannot read %s: it changed meanwhile", v.name)
	}
	if _, err := v.f.Seek(0, io.SeekStart); err != nil {
		return server.Entry{}, fmt.Errorf("cannot read %s: %w", v.name, err)
	}
	e := server.Entry{
		ContentType: v.kind, ETag: v.tag, ModTime: v.info.ModTime(), Body: body, Header: http.Header{},
		Valid: func() bool { return !c.limits.Limited() && c.unchanged(v.name, v.tag) },
	}
	sandboxUploads(e.Header, r, v.kind)
	if varies(v.kind) {
		if err := c.encode(r, &e, v); err != nil {
			return server.Entry{}, err
		}
	}
	c.Cache.Put(r.RequestURI, e)
	return e, nil
}

// unchanged reports whether the file still has this tag. The empty tag stands
// for a file that does not exist.
func (c *SmallFiles) unchanged(name, tag string) bool {
	now, err := c.store.Stat(name)
	if err != nil || !now.Mode().IsRegular() {
		return tag == ""
	}
	return store.ETag(now) == tag
}

// encode adds the encodings of a text that are smaller than the text: prepared
// ones, else those made here.
func (c *SmallFiles) encode(r *request.Request, e *server.Entry, v variant) error {
	siblings := map[string]string{} // tags by name
	for _, coding := range allCodings() {
		var tag string
		var form []byte
		// A sibling has permissions of its own, and the cache answers everyone.
		if path := v.name + coding.ending; c.only == "" && r.AllowedAnyone(access.Read, path) {
			var err error
			if tag, form, err = c.sibling(path, v.info); err != nil {
				return err
			}
			siblings[path] = tag
		}
		if form == nil && len(e.Body) >= minPacked && coding.packs {
			packed, err := pack(e.Body, coding.name)
			if err != nil {
				return err
			}
			form, tag = packed, v.tag
		}
		if form != nil && len(form) < len(e.Body) {
			e.Encoded = append(e.Encoded, server.Encoded{
				Encoding: coding.name, ETag: semantics.TagOfEncoding(tag, coding.name), Body: form})
		}
	}
	fileValid := e.Valid
	e.Valid = func() bool {
		for path, tag := range siblings {
			if !c.unchanged(path, tag) {
				return false
			}
		}
		return fileValid()
	}
	return nil
}

// sibling reads a prepared encoding. form is nil if there is none that is small
// and current. The tag always belongs to the sibling.
func (c *SmallFiles) sibling(path string, of fs.FileInfo) (tag string, form []byte, err error) {
	f, info, err := c.store.OpenPlain(path)
	if err != nil {
		return "", nil, nil // the same as no sibling
	}
	defer f.Close()
	if !info.Mode().IsRegular() {
		return "", nil, nil
	}
	tag = store.ETag(info)
	if info.Size() > maxSmallFile || info.ModTime().Before(of.ModTime()) {
		return tag, nil, nil
	}
	if form, err = read(f, info.Size()); err != nil {
		return "", nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return tag, form, nil
}

func read(f *os.File, size int64) ([]byte, error) {
	body := make([]byte, size)
	_, err := io.ReadFull(f, body)
	return body, err
}
