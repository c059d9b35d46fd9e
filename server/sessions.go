package server

import (
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"net/http"
	"sync"
	"time"
)

// The defaults of Sessions.
const (
	sessionName  = "session"
	sessionIdle  = 30 * time.Minute
	sessionCount = 10_000
)

// Sessions remembers clients by a cookie that holds only a random word. The data of a
// client stays in memory and ends with the process. The cookie is HttpOnly,
// SameSite=Lax and, over TLS, Secure. The zero value is ready to use; don't change the
// fields afterwards. It is safe for concurrent use.
type Sessions struct {
	Name string        // of the cookie; default "session"
	Idle time.Duration // a session that is unused for this long is over; default 30 min
	// Count is how many there may be; default 10,000. The one unused for
	// longest makes room.
	Count int

	mu  sync.Mutex
	all map[[sha256.Size]byte]*Session // by the digest of the cookie: a look-up's time tells nothing about it
	// first and last are the ends of a list in the order of use.
	first, last *Session
}

// Session is what is known about one client. It is safe for concurrent use.
type Session struct {
	key        [sha256.Size]byte
	used       time.Time
	prev, next *Session

	mu     sync.Mutex
	values map[string]any
}

// Get is the session of r's client, or nil if it has none that holds.
func (s *Sessions) Get(r *http.Request) *Session {
	cookie, err := r.Cookie(s.name())
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.expire(now)
	found := s.all[sha256.Sum256([]byte(cookie.Value))]
	if found != nil {
		s.unlink(found)
		s.append(found, now)
	}
	return found
}

// Start begins a session for r's client, before anything else is written to w. An
// existing session continues under a new cookie, so that an attacker who knows the old
// one gains nothing (session fixation). Call it when a user signs in.
func (s *Sessions) Start(w http.ResponseWriter, r *http.Request) *Session {
	fresh := &Session{values: map[string]any{}}
	if old := s.Get(r); old != nil {
		old.mu.Lock()
		maps.Copy(fresh.values, old.values)
		old.mu.Unlock()
		s.forget(old)
	}
	word := rand.Text()
	fresh.key = sha256.Sum256([]byte(word))
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.expire(now)
	if s.all == nil {
		s.all = map[[sha256.Size]byte]*Session{}
	}
	for len(s.all) >= s.count() {
		s.remove(s.first)
	}
	s.all[fresh.key] = fresh
	s.append(fresh, now)
	http.SetCookie(w, s.cookie(r, word, 0))
	return fresh
}

// End ends the session of r's client, and takes the cookie back.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) {
	if old := s.Get(r); old != nil {
		s.forget(old)
	}
	http.SetCookie(w, s.cookie(r, "", -1))
}

// Len is how many sessions there are.
func (s *Sessions) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(time.Now())
	return len(s.all)
}

// Value is what Set kept under name; nil if nothing.
func (s *Session) Value(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name]
}

// Set keeps value under name; nil removes it.
func (s *Session) Set(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value == nil {
		delete(s.values, name)
		return
	}
	s.values[name] = value
}

func (s *Sessions) cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: s.name(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil}
}

func (s *Sessions) name() string {
	if s.Name == "" {
		return sessionName
	}
	return s.Name
}

func (s *Sessions) count() int {
	if s.Count <= 0 {
		return sessionCount
	}
	return s.Count
}

func (s *Sessions) forget(old *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[old.key] == old {
		s.remove(old)
	}
}

// expire removes those unused for too long: they are first in the list.
func (s *Sessions) expire(now time.Time) {
	idle := s.Idle
	if idle <= 0 {
		idle = sessionIdle
	}
	for s.first != nil && now.Sub(s.first.used) > idle {
		s.remove(s.first)
	}
}

func (s *Sessions) remove(old *Session) {
	s.unlink(old)
	delete(s.all, old.key)
}

func (s *Sessions) append(one *Session, now time.Time) {
	one.used, one.prev, one.next = now, s.last, nil
	if s.last != nil {
		s.last.next = one
	} else {
		s.first = one
	}
	s.last = one
}

func (s *Sessions) unlink(one *Session) {
	if one.prev != nil {
		one.prev.next = one.next
	} else {
		s.first = one.next
	}
	if one.next != nil {
		one.next.prev = one.prev
	} else {
		s.last = one.prev
	}
}
