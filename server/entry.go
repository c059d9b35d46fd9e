package server

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Entry is a ready answer: 200 to a plain GET, and what follows from it for
// HEAD and conditional requests. It must not depend on the request's headers.
type Entry struct {
	// Status is another one than 200, such as 404. Conditions and ranges do not
	// count then (RFC 9110 §13.2.1), nor do ETag, ModTime and Encoded. 0 means 200.
	Status      int
	ContentType string      // default application/octet-stream
	ETag        string      // quoted, as RFC 9110 wants it; may be empty
	ModTime     time.Time   // Last-Modified; may be zero
	Header      http.Header // sent besides; Accept-Ranges: bytes is there unless set
	Body        []byte      // not to be changed any more
	// Encoded are other forms of Body, the best first: a client gets the first
	// that it accepts (RFC 9110 §12.5.3). With them the answer says that it
	// varies by Accept-Encoding.
	Encoded []Encoded
	// Valid says whether the entry still holds; nil means always. It is called
	// from any goroutine, at most every 200 ms, so a change is noticed within that.
	Valid func() bool
}

// Encoded is an entry's body in a content coding, as a file prepared with gzip,
// zstd or brotli has it.
type Encoded struct {
	Encoding string // "gzip", "zstd", "br"
	ETag     string // of this form: another one than the entry's
	Body     []byte
}

// ServeHTTP answers from the entry in the full lane, ranges and conditionals
// (RFC 9110) included, exactly as the fast lane would.
func (e *Entry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range e.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	h.Set("Content-Type", e.contentType())
	if !e.is200() {
		h.Set("Content-Length", strconv.Itoa(len(e.Body)))
		w.WriteHeader(e.Status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(e.Body) // the client left
		}
		return
	}
	if len(e.Encoded) > 0 {
		h.Add("Vary", "Accept-Encoding")
		accept := []byte(strings.Join(r.Header["Accept-Encoding"], ","))
		if i := pick(e.Encoded, accept); i >= 0 {
			e = e.encoded(i)
			h.Set("Content-Encoding", e.Header.Get("Content-Encoding"))
			h.Set("Content-Length", strconv.Itoa(len(e.Body)))
		}
	}
	if e.ETag != "" {
		h.Set("Etag", e.ETag)
	}
	http.ServeContent(w, r, "", e.ModTime, bytes.NewReader(e.Body))
}

func (e *Entry) is200() bool { return e.Status == 0 || e.Status == http.StatusOK }

func (e *Entry) contentType() string {
	if e.ContentType == "" {
		return "application/octet-stream"
	}
	return e.ContentType
}

// cacheable reports whether the fast lane could give e for the full lane.
func cacheable(e *Entry) bool {
	longest := len(e.Body)
	for _, form := range e.Encoded {
		longest = max(longest, len(form.Body))
	}
	if longest > maxEntryBytes || !e.is200() && (longest > maxRefusalBytes/16 || e.Status < 300 || e.Status > 599 ||
		e.Status == http.StatusNotModified) {
		return false
	}
	for name := range e.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Vary", "Set-Cookie", "Connection", "Date", "Content-Length", "Transfer-Encoding", "Trailer":
			return false
		}
	}
	return true
}

// ready is an entry with its bytes prepared.
type ready struct {
	Entry
	target          string
	comparable      bool         // whether net/http would compare the ETag
	ok, notModified []byte       // status line and headers, up to Date's value; ok is of the entry's status
	part            []byte       // of 206, up to Content-Length's value; nil: the full lane's
	modified        string       // Last-Modified; empty without
	encoded         []*ready     // as Entry.Encoded
	size            int          // counted against maxCacheBytes
	checked         atomic.Int64 // unix nanoseconds of the last Valid
	used            atomic.Int64 // Cache.tick when last used
	expires         int64        // unix nanoseconds; 0: never
}

// holds asks Valid; a panic there is a no, since no handler is around it.
func (r *ready) holds() (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return r.Valid()
}

// prepare writes the headers of e and of its encoded forms as the full lane
// would, once for all requests to target.
func prepare(e Entry, target string) *ready {
	if !e.is200() {
		return prepareRefusal(e, target)
	}
	r := prepareForm(e, target)
	r.size += len(target)
	for i := range e.Encoded {
		form := prepareForm(*e.encoded(i), target)
		r.encoded = append(r.encoded, form)
		r.size += form.size
	}
	return r
}

func prepareRefusal(e Entry, target string) *ready {
	h := e.header()
	h.Set("Content-Type", e.contentType())
	h.Set("Content-Length", strconv.Itoa(len(e.Body)))
	r := &ready{Entry: e, target: target, ok: head(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status), h)}
	r.size = len(r.Body) + len(r.ok) + len(target) + entryOverhead
	return r
}

func prepareForm(e Entry, target string) *ready {
	h := e.header()
	if e.ETag != "" {
		h.Set("Etag", e.ETag)
	}
	if len(e.Encoded) > 0 {
		h.Add("Vary", "Accept-Encoding")
	}
	last := ""
	if !e.ModTime.IsZero() && !e.ModTime.Equal(time.Unix(0, 0)) {
		last = e.ModTime.UTC().Format(http.TimeFormat)
		if e.ETag == "" {
			h.Set("Last-Modified", last) // net/http leaves it out of a 304 that has an ETag
		}
	}
	r := &ready{Entry: e, target: target, modified: last, comparable: validETag(e.ETag),
		notModified: head("304 Not Modified", without(h, "Content-Encoding"))}
	h.Set("Content-Type", e.contentType())
	h.Set("Content-Length", strconv.Itoa(len(e.Body)))
	if last != "" {
		h.Set("Last-Modified", last)
	}
	if h.Get("Accept-Ranges") == "" {
		h.Set("Accept-Ranges", "bytes")
	}
	r.ok = head("200 OK", h)
	if h.Get("Content-Encoding") == "" && h.Get("Accept-Ranges") == "bytes" {
		b := head("206 Partial Content", without(h, "Content-Length"))
		r.part = append(b[:len(b)-len("Date: ")], "Content-Length: "...)
	}
	r.size = len(r.Body) + len(r.ok) + len(r.notModified) + len(r.part) + entryOverhead
	return r
}

// header is what both lanes send with every form of e.
func (e *Entry) header() http.Header {
	h := make(http.Header, len(e.Header)+8)
	secure(h)
	for name, values := range e.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	return h
}

func without(h http.Header, name string) http.Header {
	h = h.Clone()
	h.Del(name)
	return h
}

func head(status string, h http.Header) []byte {
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 " + status + "\r\n")
	_ = h.Write(&b) // a bytes.Buffer does not fail
	b.WriteString("Date: ")
	return b.Bytes()
}
