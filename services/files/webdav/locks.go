package webdav

import (
	"crypto/rand"
	"io/fs"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// maxLocks bounds the locks of a share.
const maxLocks = 4096

// lock is a lock of RFC 4918 section 6.
type lock struct {
	token   string
	name    string
	deep    bool // includes everything below
	shared  bool
	owner   string // XML from the client
	user    string
	life    time.Duration
	expires time.Time
}

// protects reports whether the lock protects name. member: the name is created
// or deleted, which also changes its folder.
func (k *lock) protects(name string, member bool) bool {
	switch {
	case k.name == name:
		return true
	case k.deep:
		return names.Inside(k.name, name)
	}
	return member && path.Dir(name) == k.name
}

// stater tells which files exist, and their tags.
type stater interface {
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
}

// Locks are held in memory: clients refresh them and cope with their loss. They
// are safe for concurrent use.
type Locks struct {
	store stater

	mu      sync.Mutex
	byToken map[string]*lock
}

// NewLocks returns an empty set of locks for a store.
func NewLocks(s stater) *Locks { return &Locks{store: s, byToken: map[string]*lock{}} }

// expire removes expired locks. mu is held.
func (l *Locks) expire(now time.Time) {
	for token, lock := range l.byToken {
		if now.After(lock.expires) {
			delete(l.byToken, token)
		}
	}
}

// add grants a lock, unless another one conflicts.
func (l *Locks) add(k lock) (lock, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	for _, other := range l.byToken {
		overlaps := other.protects(k.name, false) || k.deep && names.Inside(k.name, other.name)
		if overlaps && !(k.shared && other.shared) {
			return k, locked()
		}
	}
	if len(l.byToken) >= maxLocks {
		return k, semantics.Refuse(http.StatusServiceUnavailable, "There are too many locks.")
	}
	k.token = "urn:uuid:" + uuid()
	k.expires = time.Now().Add(k.life)
	l.byToken[k.token] = &k
	return k, nil
}

// uuid returns a random UUID (RFC 9562 section 5.4).
func uuid() string {
	const hex = "0123456789abcdef"
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	out := make([]byte, 0, 36)
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, hex[c>>4], hex[c&15])
	}
	return string(out)
}

// refresh prolongs the user's lock on name with one of these tokens.
func (l *Locks) refresh(tokens []string, name, user string, life time.Duration) (lock, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	for _, token := range tokens {
		if k := l.byToken[token]; k != nil && k.user == user && k.protects(name, false) {
			k.life, k.expires = life, time.Now().Add(life)
			return *k, true
		}
	}
	return lock{}, false
}

// release ends a lock of the user.
func (l *Locks) release(token, name, user string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	k := l.byToken[token]
	switch {
	case k == nil || !k.protects(name, false):
		return semantics.Refuse(http.StatusConflict, "There is no such lock here.")
	case k.user != user:
		return semantics.Refuse(http.StatusForbidden, "This lock belongs to another user.")
	}
	delete(l.byToken, token)
	return nil
}

// on lists the locks that protect name.
func (l *Locks) on(name string) []lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	var list []lock
	for _, k := range l.byToken {
		if k.protects(name, false) {
			list = append(list, *k)
		}
	}
	return list
}

// gone removes the locks on a name that was deleted, and on names below it.
func (l *Locks) gone(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for token, k := range l.byToken {
		if k.name == name || names.Inside(name, k.name) {
			delete(l.byToken, token)
		}
	}
}

// hasLock reports whether the lock with this token protects name.
func (l *Locks) hasLock(name, token string) bool {
	for _, k := range l.on(name) {
		if k.token == token {
			return true
		}
	}
	return false
}

// entityTag returns the tag of a file.
func (l *Locks) entityTag(name string) (tag string, exists bool) {
	info, err := l.store.Stat(name)
	if err != nil {
		return "", false
	}
	return store.ETag(info), true
}

func locked() error {
	return semantics.Refuse(http.StatusLocked, "It is locked; the lock's token is missing, or it is not yours.")
}

// Confirm checks the If header, and that the request sent the token of every
// lock that protects name.
func (l *Locks) Confirm(r *request.Request, name string) error {
	_, err := l.store.Lstat(name)
	created := err != nil
	return l.confirm(r, func(tokens []string) bool {
		return l.open(tokens, r.Identity.User, name, created, false)
	})
}

// confirmTree is Confirm for names with everything below them.
func (l *Locks) confirmTree(r *request.Request, trees ...string) error {
	return l.confirm(r, func(tokens []string) bool {
		for _, name := range trees {
			if !l.open(tokens, r.Identity.User, name, true, true) {
				return false
			}
		}
		return true
	})
}

// confirm checks the If header and calls open with its tokens while mu is held.
func (l *Locks) confirm(r *request.Request, open func(tokens []string) bool) error {
	condition, err := parseIf(r.Header.Get("If"))
	if err != nil {
		return err
	}
	if !condition.holds(l, r.Name) {
		return semantics.Refuse(http.StatusPreconditionFailed, "A condition of the If header does not hold.")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	if !open(condition.tokens()) {
		return locked()
	}
	return nil
}

// open reports whether the tokens open all locks in the way. Of several shared
// locks on one name, one token is enough. mu is held.
func (l *Locks) open(tokens []string, user, name string, member, tree bool) bool {
	opened := map[string]bool{} // locked names for which the user has a token
	var closed []string
	for token, k := range l.byToken {
		if !k.protects(name, member) && !(tree && names.Inside(name, k.name)) {
			continue
		}
		ours := false
		for _, t := range tokens {
			ours = ours || t == token && k.user == user
		}
		if ours {
			opened[k.name] = true
		} else {
			closed = append(closed, k.name)
		}
	}
	for _, name := range closed {
		if !opened[name] {
			return false
		}
	}
	return true
}
