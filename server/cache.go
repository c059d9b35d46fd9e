package server

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The cache's limits.
const (
	maxCacheBytes = 16 << 20
	maxEntryBytes = 256 << 10
	// entryOverhead is what an entry costs beside its bytes, about.
	entryOverhead = 512
	revalidate    = 200 * time.Millisecond
)

// Entry is a ready answer: 200 to a plain GET, and what follows from it for
// HEAD and conditional requests. It must not depend on the request's headers.
type Entry struct {
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

func (e *Entry) contentType() string {
	if e.ContentType == "" {
		return "application/octet-stream"
	}
	return e.ContentType
}

// Cache holds the answers that the fast lane gives. A request is answered
// from it when its target is byte for byte the one put, whatever its Host, and
// when it has no conditions (an If-None-Match that names the ETag is answered
// 304) or ranges. An answer that only some may see must not be put.
//
// It holds 16 MiB; the longest unused entries make room. It is safe for
// concurrent use.
type Cache struct {
	mu      sync.RWMutex
	entries map[string]*ready
	size    int
	tick    atomic.Int64 // orders uses
}

// ready is an entry with its bytes prepared.
type ready struct {
	Entry
	target          string
	comparable      bool         // whether net/http would compare the ETag
	ok, notModified []byte       // status line and headers, up to Date's value
	part            []byte       // of 206, up to Content-Length's value; nil: the full lane's
	modified        string       // Last-Modified; empty without
	encoded         []*ready     // as Entry.Encoded
	size            int          // counted against maxCacheBytes
	checked         atomic.Int64 // unix nanoseconds of the last Valid
	used            atomic.Int64 // Cache.tick when last used
	expires         int64        // unix nanoseconds; 0: never
}

func newCache() *Cache { return &Cache{entries: make(map[string]*ready)} }

// bytes is what r costs, its target and its encoded forms aside.
func (r *ready) bytes() int {
	return len(r.Body) + len(r.ok) + len(r.notModified) + len(r.part) + entryOverhead
}

// Put keeps e as the answer to target, a request target as in
// http.Request.RequestURI ("/a%20b?c"). It reports whether e was kept: an entry
// over 256 KiB, or one whose header says that it varies with the request, is not.
func (c *Cache) Put(target string, e Entry) bool { return c.put(target, e, time.Time{}) }

func (c *Cache) put(target string, e Entry, expires time.Time) bool {
	r := prepare(e)
	r.target = target
	r.size = r.bytes() + len(target)
	longest := len(e.Body)
	for i, v := range e.Encoded {
		r.encoded = append(r.encoded, prepare(*e.encoded(i)))
		r.encoded[i].target = target
		r.size += r.encoded[i].bytes()
		longest = max(longest, len(v.Body))
	}
	if longest > maxEntryBytes || !cacheable(&e) {
		c.Drop(target)
		return false
	}
	if !expires.IsZero() {
		r.expires = expires.UnixNano()
	}
	r.checked.Store(time.Now().UnixNano())
	r.used.Store(c.tick.Add(1))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(target)
	for c.size+r.size > maxCacheBytes {
		c.evict()
	}
	c.entries[target] = r
	c.size += r.size
	return true
}

// Drop forgets the answer to target.
func (c *Cache) Drop(target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(target)
}

func (c *Cache) remove(target string) {
	if old := c.entries[target]; old != nil {
		c.size -= old.size
		delete(c.entries, target)
	}
}

// evict removes the longest unused of a few entries: a map is walked in
// random order, so this comes close to the longest unused of all.
func (c *Cache) evict() {
	const sample = 8
	var oldest string
	var used int64
	n := 0
	for target, r := range c.entries {
		if u := r.used.Load(); n == 0 || u < used {
			oldest, used = target, u
		}
		if n++; n == sample {
			break
		}
	}
	c.remove(oldest)
}

// get returns the answer to target, nil if there is none that holds at now.
func (c *Cache) get(target []byte, now time.Time) *ready {
	c.mu.RLock()
	r := c.entries[string(target)]
	c.mu.RUnlock()
	if r == nil {
		return nil
	}
	at := now.UnixNano()
	if r.expires != 0 && at >= r.expires {
		return nil
	}
	if r.Valid != nil {
		checked := r.checked.Load()
		if at-checked >= int64(revalidate) && r.checked.CompareAndSwap(checked, at) && !r.holds() {
			c.dropThis(string(target), r)
			return nil
		}
	}
	if tick := c.tick.Load(); r.used.Load() != tick {
		r.used.Store(c.tick.Add(1))
	}
	return r
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

// dropThis forgets r unless a newer answer has taken its place.
func (c *Cache) dropThis(target string, r *ready) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[target] == r {
		c.remove(target)
	}
}

func cacheable(e *Entry) bool {
	for name := range e.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Vary", "Set-Cookie", "Connection", "Date", "Content-Length", "Transfer-Encoding", "Trailer":
			return false
		}
	}
	return true
}

// prepare writes the headers as the full lane would, once for all requests.
func prepare(e Entry) *ready {
	h := make(http.Header, len(e.Header)+8)
	secure(h)
	for name, values := range e.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
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
	r := &ready{Entry: e, modified: last, comparable: validETag(e.ETag), notModified: head("304 Not Modified", without(h, "Content-Encoding"))}
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
	return r
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
