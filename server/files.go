package server

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// Files serves the files of fsys below prefix, for GET and HEAD: an embedded
// folder (embed.FS), or a real one whose links can't lead out of it
// (os.Root.FS). A folder is answered by its index.html, and never listed.
// Small files go to the cache, and from there through the fast lane. So do
// missing names at the second request. A change is noticed within 200 ms. More
// precise patterns, such as that of a page inside, take precedence.
func (s *Server) Files(prefix string, fsys fs.FS) {
	prefix = "/" + strings.Trim(prefix, "/")
	if prefix != "/" {
		prefix += "/"
	}
	s.Handle("GET "+prefix, &fileHandler{s, prefix, fsys})
}

type fileHandler struct {
	server *Server
	prefix string
	fsys   fs.FS
}

func (h *fileHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, h.prefix)
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		http.NotFound(w, r)
		return
	}
	f, err := h.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		h.missing(w, r, name)
		return
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err == nil && info.IsDir():
		http.Redirect(w, r, (&url.URL{Path: r.URL.Path + "/"}).String(), http.StatusMovedPermanently)
	case err != nil || !info.Mode().IsRegular():
		http.NotFound(w, r)
	default:
		h.serve(w, r, name, f, info)
	}
}

// missing answers as http.NotFound does, and keeps that.
func (h *fileHandler) missing(w http.ResponseWriter, r *http.Request, name string) {
	e := Entry{Status: http.StatusNotFound, ContentType: "text/plain; charset=utf-8", Body: []byte("404 page not found\n"),
		Valid: func() bool {
			_, err := fs.Stat(h.fsys, name)
			return errors.Is(err, fs.ErrNotExist)
		}}
	if r.RequestURI == r.URL.Path {
		h.server.cache.Put(r.RequestURI, e)
	}
	e.ServeHTTP(w, r)
}

// serve answers with the file, and keeps a small one in the cache.
func (h *fileHandler) serve(w http.ResponseWriter, r *http.Request, name string, f fs.File, info fs.FileInfo) {
	e := Entry{ContentType: mime.TypeByExtension(path.Ext(name)), ModTime: info.ModTime(),
		Header: http.Header{"Cache-Control": {"no-cache"}}}
	if !info.ModTime().IsZero() {
		e.ETag = `"` + strconv.FormatInt(info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(info.Size(), 36) + `"`
	}
	if seeker, ok := f.(io.ReadSeeker); ok && info.Size() > maxEntryBytes {
		w.Header().Set("Cache-Control", "no-cache")
		if e.ContentType != "" {
			w.Header().Set("Content-Type", e.ContentType)
		}
		if e.ETag != "" {
			w.Header().Set("Etag", e.ETag)
		}
		http.ServeContent(w, r, name, info.ModTime(), seeker)
		return
	}
	body, err := io.ReadAll(f)
	if err != nil {
		h.server.log.Error("cannot read a file", "path", r.URL.Path, "id", requestID(w, r), "error", err)
		failed(w, r)
		return
	}
	e.Body = bytes.Clone(body) // without ReadAll's spare room
	if e.ContentType == "" {
		e.ContentType = http.DetectContentType(body)
	}
	e.Valid = func() bool {
		now, err := fs.Stat(h.fsys, name)
		return err == nil && now.Size() == info.Size() && now.ModTime().Equal(info.ModTime())
	}
	// Only the plain spelling of the target, so that each file is kept once.
	if r.RequestURI == r.URL.Path && !strings.HasSuffix(r.URL.Path, "index.html") && int64(len(body)) == info.Size() {
		h.server.cache.Put(r.RequestURI, e)
	}
	e.ServeHTTP(w, r)
}
