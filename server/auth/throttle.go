package auth

import (
	"context"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// The limits against guessing.
const (
	freeAttempts       = 5                // wrong secrets for an account that cost nothing
	suspectAttempts    = 5                // after as many for other accounts, only the first is free
	firstWait          = time.Second      // then this long, doubled each time
	longestWait        = 15 * time.Minute // up to this
	forgetAfter        = time.Hour        // without another wrong secret
	maxCounters        = 4096             // of each kind; the oldest makes room
	rememberedAttempts = 10               // per wait: see Throttle
	maxQueued          = 16               // logins of one address that wait for their turn
	busyWait           = time.Second      // for the logins beyond it
	// hashMemory is how much memory, in KiB, hashing may take at once. It is also
	// that of the largest hash an account can have.
	hashMemory = maxArgonMemory
	// parallelHashes bounds the processors that hash at once.
	parallelHashes = 2
)

// Throttle slows down clients that guess secrets. It counts failed attempts in
// two kinds of buckets. In both, an address is an IPv4 address or an IPv6
// network of 64 bits: a client can choose any address of its network.
//
//   - One bucket per address and account stops guessing one account's password.
//     The first five attempts are free. After each further one the account has to
//     wait, from that address: 1 s, then twice as long each time, 15 minutes at
//     the longest. Other accounts and other addresses are not affected, so a
//     client behind the same NAT or proxy can't lock them out.
//   - One bucket per address stops trying a few common passwords on many
//     accounts. Once the failures for other accounts reach five, only an
//     account's first attempt from this address is free.
//
// A success clears the account's own bucket, and takes its failures out of the
// address's. It forgives nothing else: otherwise a client could log in as itself
// after every few guesses.
//
// Neither bucket delays a client that has logged in lately and sends the same
// password again, even while others behind its address guess that password. This
// check is a guess too, so it ends after ten wrong passwords per wait. From then
// on, the account has to wait at this address: nothing but the address tells the
// owner from the others.
//
// Logins from one address are hashed one at a time, at most two at once in all,
// and with at most 256 MiB. So a flood of logins can't take the processors or
// the memory, and can't delay those from other addresses for long.
//
// A Throttle keeps at most 4096 buckets of each kind. One is enough for a
// process; servers and accounts may share it. It is safe for concurrent use.
type Throttle struct {
	seed   maphash.Seed
	hashes *semaphore.Weighted

	mu        sync.Mutex
	addresses map[netip.Addr]*failedAttempts
	accounts  map[client]*failedAttempts
	queues    map[netip.Addr]*queue
}

// client is an account as used from an address. The account is a keyed hash of
// its name, which may be long.
type client struct {
	address netip.Addr
	account uint64
}

// failedAttempts is a bucket.
type failedAttempts struct {
	count      int
	last       time.Time
	remembered int // wrong secrets that were only compared with remembered ones, since last
}

// queue is the logins of one address.
type queue struct {
	turn  chan struct{} // holds one element while a login is hashed
	users int           // those in it, and the one that is hashed
}

// NewThrottle returns a Throttle that has counted nothing yet.
func NewThrottle() *Throttle {
	return &Throttle{seed: maphash.MakeSeed(), hashes: semaphore.NewWeighted(hashMemory),
		addresses: map[netip.Addr]*failedAttempts{}, accounts: map[client]*failedAttempts{}, queues: map[netip.Addr]*queue{}}
}

// Network returns the address that a client is counted by: an IPv4 address as
// it is, an IPv6 address as its /64 network, without its zone.
func Network(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return addr
}

// RemoteAddr returns the address of a "host:port", as in http.Request.RemoteAddr.
// It is the zero Addr for a client without one, such as that of a unix socket.
func RemoteAddr(remote string) netip.Addr {
	addr, _ := netip.ParseAddrPort(remote) // the zero value says it
	return addr.Addr()
}

func (t *Throttle) client(addr netip.Addr, account string) client {
	return client{Network(addr), maphash.String(t.seed, account)}
}

// wait is how long c has to wait.
func (t *Throttle) wait(c client, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waitLocked(c, now)
}

func (t *Throttle) waitLocked(c client, now time.Time) time.Duration {
	failed := fresh(t.accounts, c, now)
	if failed == nil {
		return 0
	}
	free := freeAttempts
	if t.suspect(c, now) {
		free = 1
	}
	over := failed.count - free
	if over < 0 {
		return 0
	}
	pause := longestWait
	if over < 10 { // beyond it, the shift is longer anyway
		pause = min(firstWait<<over, longestWait)
	}
	return max(0, failed.last.Add(pause).Sub(now))
}

// suspect reports whether the address of c has failed often for other accounts.
func (t *Throttle) suspect(c client, now time.Time) bool {
	all := fresh(t.addresses, c.address, now)
	if all == nil {
		return false
	}
	others := all.count
	if own := fresh(t.accounts, c, now); own != nil {
		others -= own.count
	}
	return others >= suspectAttempts
}

// allowRemembered decides about a secret that was compared with the remembered
// ones. It reports whether the login is admitted, and otherwise how long c has to
// wait; with 0, the secret may be hashed.
func (t *Throttle) allowRemembered(c client, matches bool, now time.Time) (admitted bool, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait = t.waitLocked(c, now); wait == 0 {
		return matches, 0
	}
	failed := t.accounts[c]
	if failed.remembered >= rememberedAttempts {
		return false, wait
	}
	if !matches {
		failed.remembered++
	}
	return matches, wait
}

// failed counts a wrong secret. It returns how long c has to wait if the
// address was suspect already, else 0.
func (t *Throttle) failed(c client, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	suspect := t.suspect(c, now)
	count(t.addresses, c.address, now)
	count(t.accounts, c, now)
	if !suspect {
		return 0
	}
	return t.waitLocked(c, now)
}

// succeeded forgives the failures of c.
func (t *Throttle) succeeded(c client, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := fresh(t.accounts, c, now)
	if all := fresh(t.addresses, c.address, now); all != nil && own != nil {
		if all.count -= own.count; all.count <= 0 {
			delete(t.addresses, c.address)
		}
	}
	delete(t.accounts, c)
}

// fresh returns the bucket of key unless there is none, or it has expired.
func fresh[K comparable](buckets map[K]*failedAttempts, key K, now time.Time) *failedAttempts {
	if b := buckets[key]; b != nil && now.Sub(b.last) <= forgetAfter {
		return b
	}
	return nil
}

// count adds a failure to the bucket of key. When there are too many buckets,
// the one whose last failure is the oldest makes room.
func count[K comparable](buckets map[K]*failedAttempts, key K, now time.Time) {
	b := fresh(buckets, key, now)
	if b == nil {
		delete(buckets, key)
		if len(buckets) >= maxCounters {
			evictOldest(buckets)
		}
		b = new(failedAttempts)
		buckets[key] = b
	}
	b.count++
	b.last, b.remembered = now, 0
}

func evictOldest[K comparable](buckets map[K]*failedAttempts) {
	var oldest K
	var last time.Time
	for key, b := range buckets {
		if last.IsZero() || b.last.Before(last) {
			oldest, last = key, b.last
		}
	}
	delete(buckets, oldest)
}

// enterQueue waits until no other login of the address is in progress. The
// login is in progress until leave is called. The error is a *ThrottledError
// when too many wait already, or that of ctx.
func (t *Throttle) enterQueue(ctx context.Context, address netip.Addr) (leave func(), err error) {
	t.mu.Lock()
	q := t.queues[address]
	if q == nil {
		q = &queue{turn: make(chan struct{}, 1)}
		t.queues[address] = q
	}
	if q.users > maxQueued {
		t.mu.Unlock()
		return nil, &ThrottledError{busyWait}
	}
	q.users++
	t.mu.Unlock()
	exit := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if q.users--; q.users == 0 {
			delete(t.queues, address)
		}
	}
	select {
	case q.turn <- struct{}{}:
		return func() { <-q.turn; exit() }, nil
	case <-ctx.Done():
		exit()
		return nil, ctx.Err()
	}
}

// hash verifies secret when there is memory and a processor for it.
func (t *Throttle) hash(ctx context.Context, c credential, secret string) (matches bool, err error) {
	weight := min(max(c.memory(), hashMemory/parallelHashes), hashMemory)
	if err := t.hashes.Acquire(ctx, weight); err != nil {
		return false, err
	}
	defer t.hashes.Release(weight)
	return c.matches(secret), nil
}
