package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files/access"
)

// smallFile is the largest that is kept for the fast lane.
const smallFile = 256 << 10

// keeps tells whether an answer with this file is the same for everybody, so
// that the fast lane may give it.
func (h *handler) keeps(r *request, info fs.FileInfo, name string) bool {
	return info.Size() <= smallFile && r.Header["Range"] == nil && h.forEverybody(r, name)
}

func (h *handler) forEverybody(r *request, name string) bool {
	return r.Method == http.MethodGet && r.link == nil && h.done == nil && !h.limits.any.Load() &&
		r.URL.RawQuery == "" && r.RequestURI == r.URL.EscapedPath() &&
		h.policy.Allows(h.policy.Anyone(), access.Need{Right: access.Read, Name: name})
}

// keepMissing leaves the refusal with the fast lane too, until there is
// something of that name. Where clients may write they find at once what they
// have made.
func (h *handler) keepMissing(r *request) {
	if h.policy.Writable() || r.slash || !h.forEverybody(r, r.name) {
		return
	}
	name := r.name
	h.cache.Put(r.RequestURI, server.Entry{
		Status: http.StatusNotFound, ContentType: "text/plain; charset=utf-8",
		Body: []byte(explain(r.URL.Path, fs.ErrNotExist).text + "\n"), // as http.Error has it
		Valid: func() bool {
			_, err := h.root.Stat(name)
			return errors.Is(err, fs.ErrNotExist) && !h.limits.any.Load()
		},
	})
}

// conditional tells whether the answer depends on what the client has.
func conditional(r *http.Request) bool {
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"} {
		if r.Header[name] != nil {
			return true
		}
	}
	return false
}

// keep leaves the whole of a small file with the fast lane, until the file is
// another one; a text with its encodings, so that it is compressed once.
func (h *handler) keep(r *request, v variant, name, kind string) (server.Entry, error) {
	body, err := io.ReadAll(io.LimitReader(v.f, smallFile+1))
	if err != nil || int64(len(body)) != v.info.Size() {
		return server.Entry{}, fmt.Errorf("cannot read %s: it changed meanwhile", name)
	}
	if _, err := v.f.Seek(0, io.SeekStart); err != nil {
		return server.Entry{}, fmt.Errorf("cannot read %s: %w", name, err)
	}
	e := server.Entry{
		ContentType: kind, ETag: v.tag, ModTime: v.info.ModTime(), Body: body, Header: http.Header{},
		Valid: func() bool { return !h.limits.any.Load() && h.is(name, v.tag) },
	}
	h.guardContent(e.Header, kind)
	if varies(kind) {
		if err := h.encode(&e, v, name); err != nil {
			return server.Entry{}, err
		}
	}
	h.cache.Put(r.RequestURI, e)
	return e, nil
}

// is tells whether the file of a name is still the one with this tag; the
// empty tag means that there is none.
func (h *handler) is(name, tag string) bool {
	now, err := h.root.Stat(name)
	if err != nil || !now.Mode().IsRegular() {
		return tag == ""
	}
	return etag(now) == tag
}

// encode adds the encodings of a text that are smaller: those beside it, and
// those made here.
func (h *handler) encode(e *server.Entry, v variant, name string) error {
	beside := map[string]string{} // the tags of the files beside it
	for _, c := range codings() {
		var tag string
		var form []byte
		// A prepared encoding is a file of its own, and the fast lane is for everybody.
		if h.only == "" && h.policy.Allows(h.policy.Anyone(), access.Need{Right: access.Read, Name: name + c.ending}) {
			var err error
			if tag, form, err = h.sibling(name+c.ending, v.info); err != nil {
				return err
			}
			beside[name+c.ending] = tag
		}
		if form == nil && len(e.Body) >= worthPacking && c.packs {
			packed, err := pack(e.Body, c.name)
			if err != nil {
				return err
			}
			form = packed
			tag = v.tag
		}
		if form != nil && len(form) < len(e.Body) {
			e.Encoded = append(e.Encoded, server.Encoded{Encoding: c.name, ETag: tagOfEncoding(tag, c.name), Body: form})
		}
	}
	alone := e.Valid
	e.Valid = func() bool {
		for path, tag := range beside {
			if !h.is(path, tag) {
				return false
			}
		}
		return alone()
	}
	return nil
}

// sibling reads a prepared encoding of a file; nil when there is none that is
// small and no older. The tag is the file's in any case.
func (h *handler) sibling(path string, of fs.FileInfo) (tag string, form []byte, err error) {
	f, info, err := h.open(path)
	if err != nil {
		return "", nil, nil // as if there were none
	}
	defer f.Close()
	if !info.Mode().IsRegular() {
		return "", nil, nil
	}
	tag = etag(info)
	if info.Size() > smallFile || info.ModTime().Before(of.ModTime()) {
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

// pack compresses a text in memory.
func pack(body []byte, coding string) ([]byte, error) {
	var out bytes.Buffer
	enc, err := encoder(&out, coding)
	if err != nil {
		return nil, err
	}
	if _, err := enc.Write(body); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
