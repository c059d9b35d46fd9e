package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// quickHash is a hash that is fast to make and to check.
func quickHash(t testing.TB, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// quickAuthenticator knows each user by the password "right".
func quickAuthenticator(t testing.TB, users ...string) *Authenticator {
	t.Helper()
	db := new(Database)
	for _, user := range users {
		if err := db.Add(user, quickHash(t, "right")); err != nil {
			t.Fatal(err)
		}
	}
	return New(db, NewThrottle(), slog.New(slog.DiscardHandler))
}

func from(text string) netip.Addr { return netip.MustParseAddr(text) }

func login(a *Authenticator, addr, name, secret string) error {
	return a.Authenticate(context.Background(), from(addr), name, secret)
}

func TestGuessingIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := quickAuthenticator(t, "anna")
		for range freeAttempts {
			if err := login(a, "192.0.2.1", "anna", "wrong"); !errors.Is(err, ErrWrongCredentials) {
				t.Fatal(err)
			}
		}
		var throttled *ThrottledError
		if err := login(a, "192.0.2.1", "anna", "right"); !errors.As(err, &throttled) {
			t.Errorf("the next attempt: %v", err)
		}
		if err := login(a, "192.0.2.2", "anna", "right"); err != nil {
			t.Errorf("another client: %v", err)
		}
		time.Sleep(throttled.Wait)
		if err := login(a, "192.0.2.1", "anna", "right"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		b := quickAuthenticator(t, "anna")
		for i := range freeAttempts {
			login(b, fmt.Sprintf("2001:db8::%d", i), "anna", "wrong")
		}
		if err := login(b, "2001:db8::99", "anna", "right"); !errors.As(err, &throttled) {
			t.Errorf("another address of the same network: %v", err)
		}
	})
}

func TestOthersOfTheSameAddressLockNoAccountOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := quickAuthenticator(t, "anna", "bert")
		for i := range 50 {
			login(a, "192.0.2.1", fmt.Sprint("guest", i%7), "wrong")
			login(a, "192.0.2.1", "bert", "wrong")
		}
		if err := login(a, "192.0.2.1", "anna", "right"); err != nil {
			t.Errorf("the first login of an account: %v", err)
		}
		var throttled *ThrottledError
		if err := login(a, "192.0.2.1", "bert", "right"); !errors.As(err, &throttled) {
			t.Errorf("the account that was guessed: %v", err)
		}
	})
}

// A client that has logged in is served while others guess its password, but
// the remembered password can't be guessed at full speed.
func TestARememberedPasswordIsNotDelayedAndNotGuessed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := quickAuthenticator(t, "anna")
		if err := login(a, "192.0.2.1", "anna", "right"); err != nil {
			t.Fatal(err)
		}
		for range freeAttempts {
			login(a, "192.0.2.1", "anna", "wrong")
		}
		for range 2 * rememberedAttempts {
			if err := login(a, "192.0.2.1", "anna", "right"); err != nil {
				t.Fatalf("the client that has logged in is delayed: %v", err)
			}
		}
		var throttled *ThrottledError
		for i := range rememberedAttempts {
			if err := login(a, "192.0.2.1", "anna", fmt.Sprint("guess", i)); !errors.As(err, &throttled) {
				t.Fatalf("a guess: %v", err)
			}
		}
		if err := login(a, "192.0.2.1", "anna", "right"); !errors.As(err, &throttled) {
			t.Errorf("guess number %d was right, and the answer says so: %v", rememberedAttempts+1, err)
		}
		time.Sleep(throttled.Wait)
		if err := login(a, "192.0.2.1", "anna", "right"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

// Three hundred guesses at once are no better than one after the other.
func TestGuessesAtOnceAreSlowedDownToo(t *testing.T) {
	a := quickAuthenticator(t, "anna")
	var group sync.WaitGroup
	var checked atomic.Int64
	for range 300 {
		group.Go(func() {
			if err := login(a, "192.0.2.1", "anna", "wrong"); errors.Is(err, ErrWrongCredentials) {
				checked.Add(1)
			}
		})
	}
	group.Wait()
	if n := checked.Load(); n != freeAttempts {
		t.Errorf("%d of 300 guesses were checked, want %d", n, freeAttempts)
	}
	if n := len(a.throttle.queues); n != 0 {
		t.Errorf("%d queues are left", n)
	}
}

func TestNoPasswordIsAlwaysWrong(t *testing.T) {
	a := quickAuthenticator(t, "anna")
	for i, c := range [][2]string{{"anna", ""}, {"", ""}, {"", "right"}, {"*", "right"}, {"Anna", "right"},
		{"anna", "right\x00"}, {"anna", strings.Repeat("x", 1<<20)}} {
		if err := login(a, fmt.Sprintf("192.0.2.%d", i), c[0], c[1]); !errors.Is(err, ErrWrongCredentials) {
			t.Errorf("%.20q: %v", c, err)
		}
	}
	empty := quickAuthenticator(t)
	if err := empty.accounts.Add("anna", quickHash(t, "")); err != nil {
		t.Fatal(err)
	}
	if err := login(empty, "192.0.2.1", "anna", ""); !errors.Is(err, ErrWrongCredentials) {
		t.Errorf("an empty password that was hashed: %v", err)
	}
	if err := login(quickAuthenticator(t), "192.0.2.1", "anna", "right"); !errors.Is(err, ErrWrongCredentials) {
		t.Errorf("without accounts: %v", err)
	}
}

// countingHash counts how often it is verified, and how many at once.
type countingHash struct {
	cost       int64
	calls      *atomic.Int64
	now, peak  *atomic.Int64
	duration   time.Duration
	rightGuess string
}

func (h countingHash) matches(secret string) bool {
	h.calls.Add(1)
	n := h.now.Add(1)
	for peak := h.peak.Load(); n > peak && !h.peak.CompareAndSwap(peak, n); peak = h.peak.Load() {
	}
	time.Sleep(h.duration)
	h.now.Add(-1)
	return secret == h.rightGuess
}
func (h countingHash) memory() int64       { return h.cost }
func (h countingHash) fingerprint() string { return fmt.Sprint(h.cost) }

func countingAuthenticator(costs ...int64) (*Authenticator, []countingHash) {
	db := &Database{added: map[string]account{}}
	var hashes []countingHash
	for i, cost := range costs {
		h := countingHash{cost, new(atomic.Int64), new(atomic.Int64), new(atomic.Int64), time.Second, "right"}
		hashes = append(hashes, h)
		db.added[fmt.Sprint("user", i)] = account{h, "test"}
	}
	db.merged, _ = merge(db.added, nil)
	return New(db, NewThrottle(), slog.New(slog.DiscardHandler)), hashes
}

// An unknown user costs one hash of the database's own kind, always the same for
// the same name: neither the answer, nor the work, nor repeating the attempt
// reveals who has an account.
func TestAnUnknownUserCostsTheSameWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, hashes := countingAuthenticator(bcryptMemory, newArgonMemory)
		work := func(name, secret string) (calls [2]int64) {
			for i, h := range hashes {
				calls[i] = -h.calls.Load()
			}
			start := time.Now()
			if err := login(a, "192.0.2.1", name, secret); !errors.Is(err, ErrWrongCredentials) {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("%s takes %v, want the time of one hash", name, took)
			}
			for i, h := range hashes {
				calls[i] += h.calls.Load()
			}
			return calls
		}
		for _, name := range []string{"user0", "user1"} {
			if n := work(name, "wrong"); n[0]+n[1] != 1 {
				t.Errorf("a known user costs %v", n)
			}
		}
		for _, secret := range []string{"wrong", "right", ""} {
			a.throttle = NewThrottle()
			first := work("nemo", secret)
			if first[0]+first[1] != 1 {
				t.Errorf("an unknown user costs %v", first)
			}
			if again := work("nemo", secret); again != first {
				t.Errorf("an unknown user costs %v, then %v", first, again)
			}
		}
		kinds := map[[2]int64]bool{}
		for i := range 40 {
			a.throttle = NewThrottle()
			kinds[work(fmt.Sprint("nemo", i), "wrong")] = true
		}
		if len(kinds) != 2 {
			t.Error("the work for unknown users is that of one kind of account only")
		}
	})
}

func TestHashingIsBounded(t *testing.T) {
	for _, c := range []struct {
		cost, addresses, peak int64
	}{{bcryptMemory, 1, 1}, {bcryptMemory, 50, parallelHashes}, {hashMemory, 50, 1}} {
		synctest.Test(t, func(t *testing.T) {
			a, hashes := countingAuthenticator(c.cost)
			var group sync.WaitGroup
			for i := range 50 {
				addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(int64(i) % c.addresses)})
				group.Go(func() { _ = a.Authenticate(t.Context(), addr, fmt.Sprint("user", i%2), "wrong") })
			}
			group.Wait()
			if peak := hashes[0].peak.Load(); peak != c.peak {
				t.Errorf("%d addresses: %d hashes of %d KiB at once, want %d", c.addresses, peak, c.cost, c.peak)
			}
			if calls := hashes[0].calls.Load(); c.addresses == 1 && calls > maxQueued+1 {
				t.Errorf("one address makes %d logins wait, want at most %d", calls, maxQueued+1)
			}
		})
	}
}

// A flood from one address delays a login from another one by one hash at most.
func TestAFloodFromOneAddressDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := countingAuthenticator(bcryptMemory)
		var group sync.WaitGroup
		for i := range 100 {
			group.Go(func() { _ = login(a, "192.0.2.1", fmt.Sprint("guest", i), "wrong") })
		}
		synctest.Wait()
		start := time.Now()
		if err := login(a, "192.0.2.2", "user0", "right"); err != nil || time.Since(start) > time.Second {
			t.Errorf("a login from elsewhere: %v after %v", err, time.Since(start))
		}
		group.Wait()
	})
}

func TestALoginThatIsGivenUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, hashes := countingAuthenticator(bcryptMemory)
		var group sync.WaitGroup
		group.Go(func() { _ = login(a, "192.0.2.1", "user0", "right") })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		group.Go(func() {
			if err := a.Authenticate(ctx, from("192.0.2.1"), "other", "wrong"); !errors.Is(err, context.Canceled) {
				t.Errorf("a login that was given up: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		group.Wait()
		if calls := hashes[0].calls.Load(); calls != 1 || len(a.throttle.queues) != 0 {
			t.Errorf("%d hashes, %d queues", calls, len(a.throttle.queues))
		}
	})
}

func TestAPasswordIsHashedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, hashes := countingAuthenticator(bcryptMemory)
		var group sync.WaitGroup
		for range 10 { // a browser opens several connections
			group.Go(func() {
				if err := login(a, "192.0.2.1", "user0", "right"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if calls := hashes[0].calls.Load(); calls != 1 {
			t.Errorf("%d hashes for ten equal logins", calls)
		}
		time.Sleep(rememberFor + time.Second)
		if login(a, "192.0.2.1", "user0", "right"); hashes[0].calls.Load() != 2 {
			t.Error("a password is remembered without end")
		}
		for i := range 2 * maxRemembered {
			a.remember(digest{byte(i), byte(i >> 8)})
		}
		if len(a.remembered) > maxRemembered {
			t.Errorf("%d passwords are remembered", len(a.remembered))
		}
	})
}

func TestNothingSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	path := t.TempDir() + "/passwords"
	write(t, path, "anna:"+quickHash(t, "right"))
	db := new(Database)
	if err := db.AddPasswordFile(path); err != nil {
		t.Fatal(err)
	}
	a := New(db, NewThrottle(), slog.New(slog.NewTextHandler(&log, nil)))
	write(t, path, "anna:my-plain-password\n")
	db.checked = time.Time{}
	if err := login(a, "192.0.2.1", "anna", "right"); err != nil {
		t.Error(err)
	}
	if text := log.String(); !strings.Contains(text, path+":1") || strings.Contains(text, "my-plain") {
		t.Errorf("the log: %s", text)
	}
}
