package server

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// The cache's limits.
const (
	maxCacheBytes   = 16 << 20
	maxRefusalBytes = 256 << 10 // of it, for answers other than 200
	maxEntryBytes   = 256 << 10
	// entryOverhead is about what an entry costs in addition to its bytes.
	entryOverhead = 512
	revalidate    = 200 * time.Millisecond
)

// Cache holds the answers that the fast lane gives. The target of a request must equal
// that of Put byte for byte; its Host doesn't matter. A request with a range or a
// condition goes to the full lane, but for an If-None-Match that names the ETag, which
// gets 304. Never put an answer that only some clients may see.
//
// The cache holds 16 MiB; the entries unused for longest make room. Answers other than
// 200 have 256 KiB of their own, and enter when they are put a second time. So a
// client that requests a million missing names pushes nothing out and lets nothing
// grow. A Cache is safe for concurrent use.
type Cache struct {
	mu       sync.RWMutex
	answers  segment
	refusals segment
	once     admissionFilter
	tick     atomic.Int64 // orders uses
}

func newCache() *Cache {
	return &Cache{
		answers:  segment{limit: maxCacheBytes, entries: make(map[string]*ready)},
		refusals: segment{limit: maxRefusalBytes, entries: make(map[string]*ready)},
		once:     admissionFilter{seed: maphash.MakeSeed()},
	}
}

// Put keeps e as the answer to target, a request target as in http.Request.RequestURI
// ("/a%20b?c"). It returns false if it did not keep e: one over 256 KiB, one whose
// header says that it varies with the request, and the first answer to target that is
// not 200.
func (c *Cache) Put(target string, e Entry) bool { return c.put(target, e, time.Time{}) }

func (c *Cache) put(target string, e Entry, expires time.Time) bool {
	if !cacheable(&e) {
		c.Drop(target)
		return false
	}
	on := &c.answers
	if !e.is200() {
		if on = &c.refusals; !c.once.knows(target) {
			c.Drop(target)
			return false
		}
	}
	r := prepare(e, target)
	if !expires.IsZero() {
		r.expires = expires.UnixNano()
	}
	r.checked.Store(time.Now().UnixNano())
	r.used.Store(c.tick.Add(1))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(target)
	on.put(target, r)
	return true
}

// Drop forgets the answer to target.
func (c *Cache) Drop(target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(target)
}

func (c *Cache) remove(target string) {
	c.answers.remove(target)
	c.refusals.remove(target)
}

// get returns the answer to target, nil if there is none that holds at now.
func (c *Cache) get(target []byte, now time.Time) *ready {
	c.mu.RLock()
	r := c.answers.entries[string(target)]
	if r == nil {
		r = c.refusals.entries[string(target)]
	}
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
			c.dropThis(r)
			return nil
		}
	}
	if tick := c.tick.Load(); r.used.Load() != tick {
		r.used.Store(c.tick.Add(1))
	}
	return r
}

// dropThis forgets r unless a newer answer has taken its place.
func (c *Cache) dropThis(r *ready) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers.entries[r.target] == r || c.refusals.entries[r.target] == r {
		c.remove(r.target)
	}
}

// segment is a part of the cache with a limit of its own.
type segment struct {
	entries     map[string]*ready
	size, limit int
}

// put takes r, which is no larger than the limit.
func (s *segment) put(target string, r *ready) {
	for s.size+r.size > s.limit {
		s.evict()
	}
	s.entries[target] = r
	s.size += r.size
}

func (s *segment) remove(target string) {
	if old := s.entries[target]; old != nil {
		s.size -= old.size
		delete(s.entries, target)
	}
}

// evict removes the longest unused of a few entries: a map is walked in
// random order, so this comes close to the longest unused of all.
func (s *segment) evict() {
	const sample = 8
	var oldest string
	var used int64
	n := 0
	for target, r := range s.entries {
		if u := r.used.Load(); n == 0 || u < used {
			oldest, used = target, u
		}
		if n++; n == sample {
			break
		}
	}
	s.remove(oldest)
}

// admissionFilter remembers about a thousand names, by their hashes, until others
// take their place.
type admissionFilter struct {
	seed maphash.Seed
	seen [1024]atomic.Uint64
}

// knows reports whether name was requested recently, and remembers it. A wrong true
// does no harm.
func (f *admissionFilter) knows(name string) bool {
	hash := maphash.String(f.seed, name)
	return f.seen[hash%uint64(len(f.seen))].Swap(hash) == hash
}
