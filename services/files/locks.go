package files

import (
	"crypto/rand"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

const (
	lockLife = 10 * time.Minute // unless a client asks for less, or for more
	maxLock  = time.Hour
	maxLocks = 4096
)

// davLock is a lock of RFC 4918 section 6.
type davLock struct {
	token   string
	name    string
	deep    bool // with everything below
	shared  bool
	owner   string // as the client sent it, XML
	user    string
	life    time.Duration
	expires time.Time
}

// locks are held in memory: clients refresh them and cope with their loss.
type locks struct {
	mu  sync.Mutex
	all map[string]*davLock // by token
}

func newLocks() *locks { return &locks{all: map[string]*davLock{}} }

// sweep forgets what expired. mu is held.
func (l *locks) sweep(now time.Time) {
	for token, lock := range l.all {
		if now.After(lock.expires) {
			delete(l.all, token)
		}
	}
}

// protects tells whether the lock guards name against changes. member: name
// comes to be or goes, which is a change of its folder too.
func (k *davLock) protects(name string, member bool) bool {
	switch {
	case k.name == name:
		return true
	case k.deep:
		return inside(k.name, name)
	}
	return member && path.Dir(name) == k.name
}

// inside tells whether name is below folder.
func inside(folder, name string) bool {
	return name != folder && (folder == "." || strings.HasPrefix(name, folder+"/"))
}

// take locks name, unless somebody's lock is in the way.
func (l *locks) take(k davLock) (davLock, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now())
	for _, other := range l.all {
		touches := other.protects(k.name, false) || k.deep && inside(k.name, other.name)
		if touches && !(k.shared && other.shared) {
			return k, locked()
		}
	}
	if len(l.all) >= maxLocks {
		return k, &refusal{status: http.StatusServiceUnavailable, text: "There are too many locks."}
	}
	k.token = "urn:uuid:" + uuid()
	k.expires = time.Now().Add(k.life)
	l.all[k.token] = &k
	return k, nil
}

// uuid is a random one (RFC 9562 section 5.4).
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

// refresh prolongs the lock that the If header names.
func (l *locks) refresh(tokens []string, name, user string, life time.Duration) (davLock, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now())
	for _, token := range tokens {
		if k := l.all[token]; k != nil && k.user == user && k.protects(name, false) {
			k.life, k.expires = life, time.Now().Add(life)
			return *k, true
		}
	}
	return davLock{}, false
}

// release ends a lock.
func (l *locks) release(token, name, user string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now())
	k := l.all[token]
	switch {
	case k == nil || !k.protects(name, false):
		return &refusal{status: http.StatusConflict, text: "There is no such lock here."}
	case k.user != user:
		return &refusal{status: http.StatusForbidden, text: "This is somebody else's lock."}
	}
	delete(l.all, token)
	return nil
}

// on lists the locks that guard name.
func (l *locks) on(name string) []davLock {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now())
	var list []davLock
	for _, k := range l.all {
		if k.protects(name, false) {
			list = append(list, *k)
		}
	}
	return list
}

// gone ends the locks on a name that was removed and on what was below it.
func (l *locks) gone(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for token, k := range l.all {
		if k.name == name || inside(name, k.name) {
			delete(l.all, token)
		}
	}
}

func locked() error {
	return &refusal{status: http.StatusLocked, text: "It is locked; the lock's token is missing, or it is not yours."}
}

// confirm checks the If header, and that a change of name is not against a
// lock whose token was not sent with it.
func (l *locks) confirm(h *handler, r *request, name string) error {
	return l.confirmAll(h, r, false, name)
}

// confirmTree is confirm for names with everything below them.
func (l *locks) confirmTree(h *handler, r *request, names ...string) error {
	return l.confirmAll(h, r, true, names...)
}

func (l *locks) confirmAll(h *handler, r *request, tree bool, names ...string) error {
	condition, err := parseIf(r.Header.Get("If"))
	if err != nil {
		return err
	}
	if !condition.holds(h, r) {
		return &refusal{status: http.StatusPreconditionFailed, text: "A condition of the If header does not hold."}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now())
	for _, name := range names {
		member := tree
		if !tree {
			_, err := h.root.Lstat(name)
			member = err != nil
		}
		if !l.free(condition.tokens(), r.id.User, name, member, tree) {
			return locked()
		}
	}
	return nil
}

// free tells whether the tokens are enough: of shared locks one is. mu is held.
func (l *locks) free(tokens []string, user, name string, member, tree bool) bool {
	met := map[string]bool{} // names whose lock is ours
	var others []string
	for token, k := range l.all {
		if !k.protects(name, member) && !(tree && inside(name, k.name)) {
			continue
		}
		ours := false
		for _, t := range tokens {
			ours = ours || t == token && k.user == user
		}
		if ours {
			met[k.name] = true
		} else {
			others = append(others, k.name)
		}
	}
	for _, name := range others {
		if !met[name] {
			return false
		}
	}
	return true
}
