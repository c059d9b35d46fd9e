// Package download answers GET and HEAD for a file: ranges, preconditions,
// content codings, the server's cache of small files, and the count of
// completed downloads.
package download

import (
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/mediatype"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// sandbox keeps uploaded pages from acting in the name of this server: no
// script runs, no form is sent, nothing is loaded.
const sandbox = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"

// Files answers with files. It is safe for concurrent use.
type Files struct {
	codings   codings
	transfers *transfer.Registry
	counter   *Counter
	small     *SmallFiles
}

// New returns the downloads of a store. only is the one file that is shared;
// empty means the whole folder.
func New(s *store.Store, only string, transfers *transfer.Registry, counter *Counter, small *SmallFiles) *Files {
	return &Files{codings: codings{store: s, only: only}, transfers: transfers, counter: counter, small: small}
}

// Serve answers with a file, or with the requested part of it. The caller
// closes f.
func (d *Files) Serve(w http.ResponseWriter, r *request.Request, f *os.File, info fs.FileInfo, name string) error {
	kind, err := mediatype.Detect(name, f)
	if err != nil {
		return err
	}
	v := variant{f: f, info: info, tag: store.ETag(info), kind: kind, name: name}
	if answered, err := d.small.serve(w, r, v); answered || err != nil {
		return err
	}
	head := w.Header()
	if varies(kind) {
		found, err := d.codings.negotiate(r, v)
		if err != nil {
			return err
		}
		if found.f != f {
			defer found.f.Close()
		}
		if v = found; v.siblings || info.Size() >= minPacked {
			head.Add("Vary", "Accept-Encoding")
		}
	}
	setHeaders(head, r, v, info)
	switch semantics.Check(r.Request, v.tag, info.ModTime()) {
	case semantics.NotModified:
		return withoutBody(w, http.StatusNotModified)
	case semantics.PreconditionFailed:
		return withoutBody(w, http.StatusPreconditionFailed)
	}
	if v.pack {
		return d.packed(w, r, v)
	}
	return d.ranges(w, r, v, info)
}

func setHeaders(head http.Header, r *request.Request, v variant, info fs.FileInfo) {
	head.Set("Content-Type", v.kind)
	head.Set("ETag", v.tag)
	head.Set("Accept-Ranges", "bytes")
	head.Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))
	if v.encoding != "" {
		head.Set("Content-Encoding", v.encoding)
	}
	sandboxUploads(head, r, v.kind)
	if r.URL.Query().Has("download") {
		head.Set("Content-Disposition", semantics.Attachment(path.Base(v.name)))
	}
}

func withoutBody(w http.ResponseWriter, status int) error {
	w.Header().Del("Content-Type")
	w.Header().Del("Content-Encoding")
	w.WriteHeader(status)
	return nil
}

// ranges answers with the requested ranges, or with the whole file.
func (d *Files) ranges(w http.ResponseWriter, r *request.Request, v variant, info fs.FileInfo) error {
	head := w.Header()
	var spans []semantics.Span
	size := v.info.Size()
	if r.Method == http.MethodGet && semantics.IfRange(r.Request, v.tag, info.ModTime()) {
		parsed, outcome := semantics.ParseRange(r.Header["Range"], size)
		if outcome == semantics.RangeUnsatisfiable {
			head.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
			return semantics.Refuse(http.StatusRequestedRangeNotSatisfiable,
				fmt.Sprintf("The file has %d bytes; the requested range is outside of it.", size))
		}
		spans = parsed
	}
	if len(spans) > 1 {
		return d.multipart(w, r, v, spans)
	}
	part, status := semantics.Span{Start: 0, Length: size}, http.StatusOK
	if len(spans) == 1 {
		part, status = spans[0], http.StatusPartialContent
		head.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.Start, part.End()-1, size))
	}
	head.Set("Content-Length", strconv.FormatInt(part.Length, 10))
	return d.deliver(w, r, v, status, []semantics.Span{part}, nil)
}

// sandboxUploads makes uploaded pages harmless. With nosniff, a file that only
// looks like an image, a sound or a document is not executed.
func sandboxUploads(head http.Header, r *request.Request, kind string) {
	if !r.Policy.Writable() {
		return
	}
	main, _, _ := strings.Cut(kind, ";")
	harmless := main == "application/pdf" || strings.HasPrefix(main, "image/") && main != "image/svg+xml" ||
		strings.HasPrefix(main, "audio/") || strings.HasPrefix(main, "video/")
	if !harmless {
		head.Set("Content-Security-Policy", sandbox)
	}
}

// deliver sends parts of a file. separator(i), if set, is sent before part i and
// after the last part.
func (d *Files) deliver(w http.ResponseWriter, r *request.Request, v variant, status int,
	spans []semantics.Span, separator func(i int) string) error {
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return nil
	}
	count, err := d.counter.Begin(r, v.name, v.tag)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, s := range spans {
		total += s.Length
	}
	t, err := d.transfers.Begin(w, r, transfer.Download, v.name, total)
	if err != nil {
		return err
	}
	defer t.End()
	w.WriteHeader(status)
	// Once the status is sent, only an aborted connection tells the client.
	for i, s := range spans {
		if separator != nil {
			if _, err := io.WriteString(w, separator(i)); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		if _, err := v.f.Seek(s.Start, io.SeekStart); err != nil {
			panic(http.ErrAbortHandler)
		}
		if err := t.Send(w, v.f, s.Length); err != nil {
			panic(http.ErrAbortHandler) // the file shrank, or the client left
		}
		count.Sent(v.info.Size(), s)
	}
	if separator != nil {
		_, _ = io.WriteString(w, separator(len(spans))) // fails only if the client left
	}
	return nil
}

// multipart answers with multipart/byteranges (RFC 9110 section 15.3.7.2).
func (d *Files) multipart(w http.ResponseWriter, r *request.Request, v variant, spans []semantics.Span) error {
	boundary := rand.Text()
	separator := func(i int) string {
		if i == len(spans) {
			return "\r\n--" + boundary + "--\r\n"
		}
		newline := "\r\n"
		if i == 0 {
			newline = ""
		}
		s := spans[i]
		return fmt.Sprintf("%s--%s\r\nContent-Type: %s\r\nContent-Range: bytes %d-%d/%d\r\n\r\n",
			newline, boundary, v.kind, s.Start, s.End()-1, v.info.Size())
	}
	length := int64(len(separator(len(spans))))
	for i, s := range spans {
		length += int64(len(separator(i))) + s.Length
	}
	w.Header().Set("Content-Type", "multipart/byteranges; boundary="+boundary)
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	return d.deliver(w, r, v, http.StatusPartialContent, spans, separator)
}

// packed sends a file through an encoder.
func (d *Files) packed(w http.ResponseWriter, r *request.Request, v variant) error {
	w.Header().Del("Accept-Ranges")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	count, err := d.counter.Begin(r, v.name, v.tag)
	if err != nil {
		return err
	}
	enc, err := encoder(w, v.encoding)
	if err != nil {
		return err
	}
	size := v.info.Size()
	t, err := d.transfers.Begin(w, r, transfer.Download, v.name, size)
	if err != nil {
		return err
	}
	defer t.End()
	w.WriteHeader(http.StatusOK)
	err = t.Send(struct{ io.Writer }{enc}, v.f, size)
	if closing := enc.Close(); err != nil || closing != nil {
		panic(http.ErrAbortHandler) // only this tells the client that the file is incomplete
	}
	count.Sent(size, semantics.Span{Start: 0, Length: size})
	return nil
}
