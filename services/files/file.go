package files

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"

	"github.com/ammarctl/ammarctl/server"
)

// smallFile is the largest that is kept for the fast lane.
const smallFile = 64 << 10

// file answers with a file, or with the part of it that was asked for.
func (h *handler) file(w http.ResponseWriter, r *http.Request, f *os.File, info fs.FileInfo, name string) error {
	kind, err := contentType(name, f)
	if err != nil {
		return err
	}
	tag := etag(info)
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("ETag", tag)
	head.Set("Accept-Ranges", "bytes")
	head.Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))

	switch check(r, tag, info.ModTime()) {
	case notModified:
		head.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return nil
	case preconditionFailed:
		head.Del("Content-Type")
		w.WriteHeader(http.StatusPreconditionFailed)
		return nil
	}

	size := info.Size()
	part, status := span{0, size}, http.StatusOK
	if r.Method == http.MethodGet && ifRange(r, tag, info.ModTime()) {
		switch asked, outcome := parseRange(r.Header["Range"], size); outcome {
		case rangeUnsatisfiable:
			head.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
			head.Del("ETag")
			head.Del("Last-Modified")
			return &refusal{http.StatusRequestedRangeNotSatisfiable, fmt.Sprintf("The file has %d bytes; the range asked for has none of them.", size)}
		case rangeGiven:
			part, status = asked, http.StatusPartialContent
			head.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.start, part.start+part.length-1, size))
		}
	}
	if size <= smallFile && status == http.StatusOK && r.Method == http.MethodGet {
		return h.small(w, r, f, info, name, kind, tag)
	}
	head.Set("Content-Length", strconv.FormatInt(part.length, 10))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := f.Seek(part.start, io.SeekStart); err != nil {
		panic(http.ErrAbortHandler) // the status is gone; the client has to notice
	}
	// A LimitedReader of an *os.File is what the server turns into sendfile.
	if n, _ := io.Copy(w, io.LimitReader(f, part.length)); n < part.length {
		panic(http.ErrAbortHandler) // the file shrank, or the client left
	}
	return nil
}

// small answers with a whole small file and keeps the answer for the fast
// lane, until the file is another one.
func (h *handler) small(w http.ResponseWriter, r *http.Request, f *os.File, info fs.FileInfo, name, kind, tag string) error {
	body, err := io.ReadAll(io.LimitReader(f, smallFile+1))
	if err != nil || int64(len(body)) != info.Size() {
		return fmt.Errorf("cannot read %s: it changed meanwhile", name)
	}
	if r.URL.RawQuery == "" && r.RequestURI == r.URL.EscapedPath() {
		h.cache.Put(r.RequestURI, server.Entry{
			ContentType: kind, ETag: tag, ModTime: info.ModTime(), Body: body,
			Valid: func() bool {
				now, err := h.root.Stat(name)
				return err == nil && now.Mode().IsRegular() && etag(now) == tag
			},
		})
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // the client left
	return nil
}

// etag is a strong validator: a file that was written again has another time,
// one that was replaced another inode.
func etag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x-%x"`, info.ModTime().UnixNano(), info.Size(), inode(info))
}
