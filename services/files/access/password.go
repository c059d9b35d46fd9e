package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	// bcryptMax is how much of a password bcrypt looks at; a longer one is
	// refused rather than cut.
	bcryptMax = 72
	// hashing is how many passwords are checked at once: each takes a core for
	// about 50 ms, and a flood of them must not take all.
	hashing = 2
	// remembered is how long a password that was right need not be hashed again.
	remembered = 10 * time.Minute
	// maxRemembered bounds the memory for that.
	maxRemembered = 256
)

// Hash makes the hash of a password for a policy's line.
func Hash(password string) (string, error) {
	if password == "" || len(password) > bcryptMax {
		return "", errors.New("expected a password of 1 to 72 bytes")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	return string(hash), err
}

func validHash(hash string) bool {
	_, err := bcrypt.Cost([]byte(hash))
	return err == nil
}

// Doorkeeper checks passwords. It is safe for concurrent use.
type Doorkeeper struct {
	policy  *Policy
	guard   *guard
	secret  [32]byte
	nobody  func() string // hashed against when there is no such user, to take as long
	hashing chan struct{}

	mu    sync.Mutex
	known map[[32]byte]time.Time // of user and password, until when
}

// NewDoorkeeper returns one for the users of p.
func NewDoorkeeper(p *Policy) *Doorkeeper {
	d := &Doorkeeper{policy: p, guard: newGuard(), hashing: make(chan struct{}, hashing), known: map[[32]byte]time.Time{}}
	_, _ = rand.Read(d.secret[:]) // never fails
	d.nobody = sync.OnceValue(func() string {
		hash, _ := Hash(rand.Text()) // fails for long passwords only
		return hash
	})
	return d
}

// ErrWrongPassword says that user and password do not belong together.
var ErrWrongPassword = errors.New("wrong user or password")

// SlowDownError says that a client guessed too often.
type SlowDownError struct{ Wait time.Duration }

// Error implements error.
func (e *SlowDownError) Error() string {
	return "too many wrong passwords; try again in " + e.Wait.Round(time.Second).String()
}

// Enter returns the identity of a user who gives a password from client, an
// IP address. The error is ErrWrongPassword, a *SlowDownError, or that of ctx.
func (d *Doorkeeper) Enter(ctx context.Context, client, name, password string) (Identity, error) {
	// This comes before what is remembered, which would be guessed at full speed.
	if wait := d.guard.wait(client, time.Now()); wait > 0 {
		return Identity{}, &SlowDownError{wait}
	}
	found, ok := d.policy.users[name]
	id := Identity{User: name, rules: found.rules}
	key := d.key(name, password)
	if ok && d.remembers(key) {
		return id, nil
	}
	if len(password) > bcryptMax || !ok {
		password = "" // still takes its time
	}
	hash := found.hash
	if !ok {
		hash = d.nobody()
	}
	select {
	case d.hashing <- struct{}{}:
		defer func() { <-d.hashing }()
	case <-ctx.Done():
		return Identity{}, ctx.Err()
	}
	// Many guesses that came at once waited here together.
	if wait := d.guard.wait(client, time.Now()); wait > 0 {
		return Identity{}, &SlowDownError{wait}
	}
	err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	if err != nil || !ok || password == "" {
		d.guard.failed(client, time.Now())
		return Identity{}, ErrWrongPassword
	}
	d.guard.passed(client)
	d.remember(key)
	return id, nil
}

// key stands for user and password without being either.
func (d *Doorkeeper) key(name, password string) (key [32]byte) {
	mac := hmac.New(sha256.New, d.secret[:])
	mac.Write([]byte(name + "\x00" + password))
	mac.Sum(key[:0])
	return key
}

func (d *Doorkeeper) remembers(key [32]byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	until, ok := d.known[key]
	return ok && time.Now().Before(until)
}

func (d *Doorkeeper) remember(key [32]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	for k, until := range d.known {
		if len(d.known) >= maxRemembered || now.After(until) {
			delete(d.known, k)
		}
	}
	d.known[key] = now.Add(remembered)
}
