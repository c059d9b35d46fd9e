package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// The limits against guessing.
const (
	freeGuesses   = 5 // wrong passwords in a row before an address has to wait
	longestWait   = time.Minute
	guessesKept   = 4096 // addresses
	guessesForget = 15 * time.Minute
	checksAtOnce  = 1
	checksWaiting = 16
	freeLooks     = 10 // passwords of an address that waits, compared with those that are remembered
)

// door checks passwords. A right one is remembered as a keyed digest, so that
// only the first request of a client pays for the slow hash; a wrong one costs
// its address time; and however many guess, one processor works for them.
type door struct {
	passwords *Passwords
	key       []byte
	slots     chan struct{} // held while a hash is computed
	places    chan struct{} // held while waiting for a slot, too

	mu      sync.Mutex
	known   map[string][sha256.Size]byte // by user
	guesses map[netip.Addr]*guesses
}

// guesses is what one address got wrong.
type guesses struct {
	wrong int
	looks int       // passwords since it has to wait that were not remembered either
	until time.Time // not before then again
	last  time.Time
}

func newDoor(p *Passwords) *door {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // crypto/rand does not fail
	return &door{passwords: p, key: key, slots: make(chan struct{}, checksAtOnce),
		places: make(chan struct{}, checksAtOnce+checksWaiting),
		known:  map[string][sha256.Size]byte{}, guesses: map[netip.Addr]*guesses{}}
}

// enter reports whether r comes with a right password; if not, it is answered.
func (d *door) enter(w http.ResponseWriter, r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	if !ok {
		d.ask(w)
		return false
	}
	digest := d.digest(user, password)
	from := origin(r.RemoteAddr)
	if d.remembers(from, user, digest, time.Now()) {
		return true
	}
	if wait := d.wait(from, time.Now()); wait > 0 {
		tooMany(w, wait)
		return false
	}
	select {
	case d.places <- struct{}{}:
		defer func() { <-d.places }()
	default:
		tooMany(w, time.Second)
		return false
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-r.Context().Done():
		return false
	}
	if wait := d.wait(from, time.Now()); wait > 0 { // others of this address were wrong meanwhile
		tooMany(w, wait)
		return false
	}
	if !d.passwords.verify(user, password) {
		d.wrong(from, time.Now())
		d.ask(w)
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[user] = digest
	delete(d.guesses, from)
	return true
}

func (d *door) ask(w http.ResponseWriter) {
	realm := d.passwords.Realm
	if realm == "" {
		realm = "private"
	}
	w.Header().Set("WWW-Authenticate", "Basic realm="+strconv.QuoteToASCII(realm)+`, charset="UTF-8"`)
	http.Error(w, "401 a name and its password are needed", http.StatusUnauthorized)
}

func tooMany(w http.ResponseWriter, wait time.Duration) {
	seconds := int((wait + time.Second - 1) / time.Second)
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	http.Error(w, "429 too many wrong passwords; try again in "+strconv.Itoa(seconds)+" s", http.StatusTooManyRequests)
}

func (d *door) digest(user, password string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(user + ":" + password)) // a name has no colon
	mac.Sum(sum[:0])
	return sum
}

// remembers tells whether the password is one that was right before. Somebody
// who has it is not held up by another one of his address who guesses; but
// who waits is wrong a few times only, or he would guess the remembered ones at
// full speed.
func (d *door) remembers(from netip.Addr, user string, digest [sha256.Size]byte, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guesses[from]
	waits := g != nil && now.Before(g.until)
	if waits && g.looks >= freeLooks {
		return false
	}
	known, ok := d.known[user]
	right := ok && hmac.Equal(known[:], digest[:])
	if waits && !right {
		g.looks++
	}
	return right
}

// wait is how long the address has to wait yet.
func (d *door) wait(from netip.Addr, now time.Time) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guesses[from]
	if g == nil {
		return 0
	}
	if now.Sub(g.last) > guessesForget {
		delete(d.guesses, from)
		return 0
	}
	return max(g.until.Sub(now), 0)
}

// wrong counts a wrong password: from the fifth on, the wait doubles.
func (d *door) wrong(from netip.Addr, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guesses[from]
	if g == nil {
		if len(d.guesses) >= guessesKept {
			d.forgetOldest()
		}
		g = new(guesses)
		d.guesses[from] = g
	}
	g.wrong++
	g.last = now
	if over := g.wrong - freeGuesses; over >= 0 {
		g.until, g.looks = now.Add(min(time.Second<<min(over, 10), longestWait)), 0
	}
}

func (d *door) forgetOldest() {
	var oldest netip.Addr
	var last time.Time
	for addr, g := range d.guesses {
		if last.IsZero() || g.last.Before(last) {
			oldest, last = addr, g.last
		}
	}
	delete(d.guesses, oldest)
}

// origin is the address that a client is counted by: with IPv6 its network of
// 64 bits, of which it may choose any address.
func origin(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr, _ := netip.ParseAddr(host)
	return network(addr)
}

// network is what an address is counted as: see origin.
func network(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return addr
}
