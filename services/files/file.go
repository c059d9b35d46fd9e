package files

import (
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
)

// sandbox keeps what strangers have uploaded from acting in the name of this
// server: no script runs, no form is sent, nothing is fetched.
const sandbox = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"

// file answers with a file, or with the part of it that was asked for.
func (h *handler) file(w http.ResponseWriter, r *request, f *os.File, info fs.FileInfo, name string) error {
	kind, err := contentType(name, f)
	if err != nil {
		return err
	}
	v := variant{f: f, info: info, tag: etag(info)}
	head := w.Header()
	if h.keeps(r, info, name) {
		e, err := h.keep(r, v, name, kind)
		if err != nil {
			return err
		}
		if !conditional(r.Request) {
			e.ServeHTTP(w, r.Request)
			return nil
		}
	}
	if varies(kind) {
		found, err := h.negotiate(r, v, name)
		if err != nil {
			return err
		}
		if found.f != f {
			defer found.f.Close()
		}
		if v = found; v.siblings || info.Size() >= worthPacking {
			head.Add("Vary", "Accept-Encoding")
		}
	}
	head.Set("Content-Type", kind)
	head.Set("ETag", v.tag)
	head.Set("Accept-Ranges", "bytes")
	head.Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))
	if v.encoding != "" {
		head.Set("Content-Encoding", v.encoding)
	}
	h.guardContent(head, kind)
	if r.URL.Query().Has("download") {
		head.Set("Content-Disposition", attachment(path.Base(name)))
	}
	switch check(r.Request, v.tag, info.ModTime()) {
	case notModified:
		head.Del("Content-Type")
		head.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return nil
	case preconditionFailed:
		head.Del("Content-Type")
		head.Del("Content-Encoding")
		w.WriteHeader(http.StatusPreconditionFailed)
		return nil
	}
	if v.pack {
		return h.packed(w, r, v, name)
	}
	spans := []span(nil)
	size := v.info.Size()
	if r.Method == http.MethodGet && ifRange(r.Request, v.tag, info.ModTime()) {
		asked, outcome := parseRange(r.Header["Range"], size)
		if outcome == rangeUnsatisfiable {
			head.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
			return &refusal{status: http.StatusRequestedRangeNotSatisfiable, text: fmt.Sprintf("The file has %d bytes; the range asked for has none of them.", size)}
		}
		spans = asked
	}
	if len(spans) > 1 {
		return h.parts(w, r, v, name, kind, spans)
	}
	part, status := span{0, size}, http.StatusOK
	if len(spans) == 1 {
		part, status = spans[0], http.StatusPartialContent
		head.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.start, part.end()-1, size))
	}
	head.Set("Content-Length", strconv.FormatInt(part.length, 10))
	return h.deliver(w, r, v, name, status, []span{part}, nil)
}

// guardContent keeps uploaded pages harmless. What only looks like a picture,
// a sound or a document is not run, thanks to nosniff.
func (h *handler) guardContent(head http.Header, kind string) {
	if !h.policy.Writable() {
		return
	}
	main, _, _ := strings.Cut(kind, ";")
	harmless := main == "application/pdf" || strings.HasPrefix(main, "image/") && main != "image/svg+xml" ||
		strings.HasPrefix(main, "audio/") || strings.HasPrefix(main, "video/")
	if !harmless {
		head.Set("Content-Security-Policy", sandbox)
	}
}

// deliver sends parts of a file; before, if any, comes before each of them.
func (h *handler) deliver(w http.ResponseWriter, r *request, v variant, name string, status int, spans []span, before func(i int) string) error {
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return nil
	}
	key := h.fetched.key(r, name, v.tag)
	if err := h.fetched.begin(r, key); err != nil {
		return err
	}
	total := int64(0)
	for _, s := range spans {
		total += s.length
	}
	t, err := h.transfers.begin(w, r, directionDown, name, total)
	if err != nil {
		return err
	}
	defer t.end()
	w.WriteHeader(status)
	for i, s := range spans {
		if before != nil {
			if _, err := io.WriteString(w, before(i)); err != nil {
				panic(http.ErrAbortHandler) // the client left
			}
		}
		if _, err := v.f.Seek(s.start, io.SeekStart); err != nil {
			panic(http.ErrAbortHandler) // the status is gone; the client has to notice
		}
		if err := h.send(w, v.f, s.length, r.client(), t); err != nil {
			panic(http.ErrAbortHandler) // the file shrank, or the client left
		}
		h.fetched.sent(key, name, v.info.Size(), s)
	}
	if before != nil {
		_, _ = io.WriteString(w, before(len(spans))) // the client left
	}
	return nil
}

// parts answers with multipart/byteranges (RFC 9110 section 15.3.7.2).
func (h *handler) parts(w http.ResponseWriter, r *request, v variant, name, kind string, spans []span) error {
	boundary := rand.Text()
	between := func(i int) string {
		if i == len(spans) {
			return "\r\n--" + boundary + "--\r\n"
		}
		line := "\r\n"
		if i == 0 {
			line = ""
		}
		s := spans[i]
		return fmt.Sprintf("%s--%s\r\nContent-Type: %s\r\nContent-Range: bytes %d-%d/%d\r\n\r\n", line, boundary, kind, s.start, s.end()-1, v.info.Size())
	}
	length := int64(len(between(len(spans))))
	for i, s := range spans {
		length += int64(len(between(i))) + s.length
	}
	w.Header().Set("Content-Type", "multipart/byteranges; boundary="+boundary)
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	return h.deliver(w, r, v, name, http.StatusPartialContent, spans, between)
}

// etag is a strong validator: a file that was written again has another time,
// one that was replaced another inode.
func etag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x-%x"`, info.ModTime().UnixNano(), info.Size(), inode(info))
}

// escapedPath is a name as a path in a URL.
func escapedPath(name string) string { return (&url.URL{Path: path.Join("/", name)}).EscapedPath() }
