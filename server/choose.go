package server

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// choice is what an entry answers to a request: a status and the part of the
// body, or of one of its encoded forms.
type choice struct {
	hit      *ready
	status   int
	from, to int // of the body
}

// choose reports false where the full lane has to decide: on conditions and
// ranges that are not of the simplest form, or cannot be satisfied.
func (r *ready) choose(req *request) (choice, bool) {
	if !r.is200() {
		return choice{r, r.Status, 0, len(r.Body)}, true
	}
	if len(r.encoded) > 0 {
		if i := pick(r.Encoded, req.accept); i >= 0 {
			r = r.encoded[i]
		}
	}
	c := choice{r, http.StatusOK, 0, len(r.Body)}
	switch {
	case req.part != nil:
		if req.head || req.etag != nil || req.since != nil || r.part == nil || len(r.Body) == 0 {
			return c, false
		}
		var ok bool
		c.status = http.StatusPartialContent
		c.from, c.to, ok = span(req.part, len(r.Body))
		return c, ok
	case req.etag != nil:
		if !r.comparable {
			return c, false
		}
		found, ok := lists(req.etag, r.ETag)
		if found {
			c.status, c.to = http.StatusNotModified, 0
		}
		return c, ok
	case req.since != nil:
		if r.modified == "" || string(req.since) != r.modified {
			return c, false
		}
		c.status, c.to = http.StatusNotModified, 0
	}
	return c, true
}

// append adds the status line and the headers up to Date's value.
func (c *choice) append(b []byte) []byte {
	switch c.status {
	case http.StatusNotModified:
		return append(b, c.hit.notModified...)
	case http.StatusPartialContent:
		b = append(b, c.hit.part...)
		b = strconv.AppendInt(b, int64(c.to-c.from), 10)
		b = strconv.AppendInt(append(b, "\r\nContent-Range: bytes "...), int64(c.from), 10)
		b = strconv.AppendInt(append(b, '-'), int64(c.to-1), 10)
		b = strconv.AppendInt(append(b, '/'), int64(len(c.hit.Body)), 10)
		return append(b, "\r\nDate: "...)
	}
	return append(b, c.hit.ok...)
}

// span reads "bytes=1-3", "bytes=1-" and "bytes=-3" (RFC 9110 §14.1.2) for a
// body of size bytes; to is exclusive.
func span(value []byte, size int) (from, to int, ok bool) {
	value, ok = bytes.CutPrefix(value, []byte("bytes="))
	first, last, dash := bytes.Cut(value, []byte("-"))
	if !ok || !dash {
		return 0, 0, false
	}
	if len(first) == 0 {
		n, ok := number9(last)
		return max(size-n, 0), size, ok && n > 0
	}
	if from, ok = number9(first); !ok || from >= size {
		return 0, 0, false
	}
	if len(last) == 0 {
		return from, size, true
	}
	to, ok = number9(last)
	return from, min(to+1, size), ok && to >= from
}

// number9 reads a number of one to nine digits.
func number9(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
		if n > 999999999 {
			return 0, false
		}
	}
	return n, len(b) > 0
}

// lists reports whether a list of entity tags has one that is weakly equal to tag. ok
// is false if the list has another form, such as "*".
func lists(list []byte, tag string) (found, ok bool) {
	tag = strings.TrimPrefix(tag, "W/")
	for {
		list = bytes.TrimPrefix(bytes.TrimLeft(list, " \t"), []byte("W/"))
		if len(list) < 2 || list[0] != '"' {
			return false, false
		}
		end := bytes.IndexByte(list[1:], '"') + 2
		if end < 2 || bytes.IndexByte(list[:end], ' ') >= 0 || bytes.IndexByte(list[:end], '\t') >= 0 {
			return false, false
		}
		found = found || string(list[:end]) == tag
		if list = bytes.TrimLeft(list[end:], " \t"); len(list) == 0 {
			return found, true
		}
		if list[0] != ',' {
			return false, false
		}
		list = list[1:]
	}
}

// validETag is entity-tag of RFC 9110 §8.8.3.
func validETag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for _, c := range []byte(s[1 : len(s)-1]) {
		if c <= ' ' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// pick returns the first of the forms that Accept-Encoding names with a weight above
// 0. It returns -1 for the uncompressed body, which is always acceptable here.
func pick(forms []Encoded, accept []byte) int {
	for i := range forms {
		if accepts(accept, forms[i].Encoding) {
			return i
		}
	}
	return -1
}

func accepts(accept []byte, encoding string) bool {
	for len(accept) > 0 {
		var item []byte
		item, accept, _ = bytes.Cut(accept, []byte(","))
		name, weight, _ := bytes.Cut(item, []byte(";"))
		if name = bytes.TrimSpace(name); len(name) == len(encoding) && strings.EqualFold(encoding, string(name)) {
			weight = bytes.TrimSpace(weight)
			return len(bytes.Trim(bytes.TrimPrefix(weight, []byte("q=")), "0.")) > 0 || len(weight) == 0
		}
	}
	return false
}

// encoded is the entry that e is in its i-th form.
func (e *Entry) encoded(i int) *Entry {
	form := *e
	form.Encoded = nil
	form.Body, form.ETag = e.Encoded[i].Body, e.Encoded[i].ETag
	form.Header = e.Header.Clone()
	if form.Header == nil {
		form.Header = http.Header{}
	}
	form.Header.Set("Content-Encoding", e.Encoded[i].Encoding)
	form.Header.Set("Vary", "Accept-Encoding")
	form.Valid = nil
	return &form
}
