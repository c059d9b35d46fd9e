package files

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files/access"
)

// smallFile is the largest that is kept for the fast lane.
const smallFile = 64 << 10

// keeps tells whether an answer with this file is the same for everybody, so
// that the fast lane may give it.
func (h *handler) keeps(r *request, info fs.FileInfo, name string) bool {
	return info.Size() <= smallFile && r.Method == http.MethodGet && r.Header["Range"] == nil &&
		r.link == nil && h.done == nil && !h.limits.active() &&
		r.URL.RawQuery == "" && r.RequestURI == r.URL.EscapedPath() &&
		h.policy.Allows(h.policy.Anyone(), access.Need{Right: access.Read, Name: name})
}

// small answers with a whole small file and keeps the answer for the fast
// lane, until the file is another one.
func (h *handler) small(w http.ResponseWriter, v variant, target, name, kind string) error {
	e, err := h.whole(w, v, name, kind)
	if err != nil {
		return err
	}
	h.cache.Put(target, e)
	w.Header().Set("Content-Length", strconv.Itoa(len(e.Body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(e.Body) // the client left
	return nil
}

// whole is the answer with a whole file.
func (h *handler) whole(w http.ResponseWriter, v variant, name, kind string) (server.Entry, error) {
	body, err := io.ReadAll(io.LimitReader(v.f, smallFile+1))
	if err != nil || int64(len(body)) != v.info.Size() {
		return server.Entry{}, fmt.Errorf("cannot read %s: it changed meanwhile", name)
	}
	extra := http.Header{}
	if policy := w.Header().Get("Content-Security-Policy"); policy != "" {
		extra.Set("Content-Security-Policy", policy)
	}
	return server.Entry{
		ContentType: kind, ETag: v.tag, ModTime: v.info.ModTime(), Body: body, Header: extra,
		Valid: func() bool { return h.is(name, v.tag) },
	}, nil
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

// inForms answers with a small text, and keeps it with each of its encodings
// for the fast lane: what is compressed is compressed once.
func (h *handler) inForms(w http.ResponseWriter, r *request, v variant, name, kind string) error {
	h.guardContent(w.Header(), kind)
	e, err := h.whole(w, v, name, kind)
	if err != nil {
		return err
	}
	beside := map[string]string{} // the tags of the files beside it
	for _, c := range codings() {
		tag, form, err := h.sibling(name+c.ending, v.info)
		if err != nil {
			return err
		}
		beside[name+c.ending] = tag
		if form == nil && len(e.Body) >= worthPacking && c.packs {
			if form, err = pack(e.Body, c.name); err != nil {
				return err
			}
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
	h.cache.Put(r.RequestURI, e)
	e.ServeHTTP(w, r.Request)
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
