package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

const (
	// rememberFor is how long a password that was right need not be hashed again,
	// counted from its last use.
	rememberFor = time.Hour
	// maxRemembered bounds the memory for that. The longest unused makes room.
	maxRemembered = 256
)

// ErrWrongCredentials means that the account and the secret do not belong together.
var ErrWrongCredentials = errors.New("wrong user or password")

// ThrottledError means that the secret was not checked, because the client
// guessed too often or too many logins are in progress.
type ThrottledError struct {
	Wait time.Duration // until the next attempt can succeed; above 0
}

// Error implements error.
func (e *ThrottledError) Error() string {
	return "too many wrong passwords; try again in " + e.Wait.Round(time.Second).String()
}

// Seconds is Wait in whole seconds, rounded up: the value of Retry-After.
func (e *ThrottledError) Seconds() int { return int((e.Wait + time.Second - 1) / time.Second) }

// Authenticator checks accounts and secrets. A password that was right is
// remembered as a keyed digest, so that only the first request of a client pays
// for the slow hash. It is safe for concurrent use.
type Authenticator struct {
	accounts *Database
	throttle *Throttle
	log      *slog.Logger
	key      []byte // of the digests
	seed     maphash.Seed

	mu         sync.Mutex
	remembered map[digest]time.Time // when it was used last
}

// digest stands for an account, its stored hash and its password without revealing any of them.
type digest [sha256.Size]byte

// New returns an Authenticator for the accounts of db. It logs to log when a
// file of db was read again, or could not be.
func New(db *Database, t *Throttle, log *slog.Logger) *Authenticator {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return &Authenticator{accounts: db, throttle: t, log: log, key: key, seed: maphash.MakeSeed(),
		remembered: map[digest]time.Time{}}
}

// Authenticate returns nil if the account name has this secret. The error is
// ErrWrongCredentials, a *ThrottledError, or that of ctx. An empty secret is
// always wrong. from is the client's address; see Throttle for what it is
// counted by. An unknown name costs the same work as a known one.
func (a *Authenticator) Authenticate(ctx context.Context, from netip.Addr, name, secret string) error {
	a.reload()
	c, known := a.accounts.snapshot().find(name, a.seed)
	client := a.throttle.client(from, name)
	if c == nil {
		return a.fail(client)
	}
	if c.memory() == 0 {
		return a.checkToken(client, c, known, secret)
	}
	d := a.digest(name, c, secret)
	admitted, wait := a.throttle.allowRemembered(client, a.remembers(d) && known, time.Now())
	switch {
	case admitted:
		return nil
	case wait > 0:
		return &ThrottledError{wait}
	}
	leave, err := a.throttle.enterQueue(ctx, client.address)
	if err != nil {
		return err
	}
	defer leave()
	// The logins ahead in the queue may have failed, or proven the same password.
	if wait := a.throttle.wait(client, time.Now()); wait > 0 {
		return &ThrottledError{wait}
	}
	if known && a.remembers(d) {
		return nil
	}
	matches, err := a.throttle.hash(ctx, c, secret)
	if err != nil {
		return err
	}
	if !matches || !known || secret == "" {
		return a.fail(client)
	}
	a.throttle.succeeded(client, time.Now())
	a.remember(d)
	return nil
}

// checkToken accepts the right token even while the client has to wait: no one
// can guess a token, so a wait would only hurt its owner.
func (a *Authenticator) checkToken(c client, t credential, known bool, secret string) error {
	if t.matches(secret) && known {
		a.throttle.succeeded(c, time.Now())
		return nil
	}
	if wait := a.throttle.wait(c, time.Now()); wait > 0 {
		return &ThrottledError{wait}
	}
	return a.fail(c)
}

func (a *Authenticator) fail(c client) error {
	if wait := a.throttle.failed(c, time.Now()); wait > 0 {
		return &ThrottledError{wait}
	}
	return ErrWrongCredentials
}

// Fingerprint identifies the present secret of an account: see Database.Fingerprint.
func (a *Authenticator) Fingerprint(name string) string {
	a.reload()
	return a.accounts.Fingerprint(name)
}

func (a *Authenticator) reload() {
	reloaded, err := a.accounts.reload(time.Now())
	for _, path := range reloaded {
		a.log.Info("the accounts were read again", "file", path)
	}
	if err != nil {
		a.log.Warn("the new accounts cannot be used; the previous ones stay", "error", err)
	}
}

// digest contains the stored hash, so that a changed password is not remembered.
func (a *Authenticator) digest(name string, c credential, secret string) (d digest) {
	mac := hmac.New(sha256.New, a.key)
	for _, part := range []string{name, c.fingerprint()} { // of a known account, neither contains a line break
		mac.Write([]byte(part))
		mac.Write([]byte{'\n'})
	}
	mac.Write([]byte(secret))
	mac.Sum(d[:0])
	return d
}

func (a *Authenticator) remembers(d digest) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	last, ok := a.remembered[d]
	if !ok || now.Sub(last) > rememberFor {
		return false
	}
	a.remembered[d] = now
	return true
}

func (a *Authenticator) remember(d digest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if len(a.remembered) >= maxRemembered {
		var oldest digest
		var last time.Time
		for other, used := range a.remembered {
			if last.IsZero() || used.Before(last) {
				oldest, last = other, used
			}
		}
		delete(a.remembered, oldest)
	}
	a.remembered[d] = now
}
