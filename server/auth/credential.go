package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// credential verifies one account's secret. It is immutable.
type credential interface {
	// matches compares in a time that does not depend on how similar secret is.
	matches(secret string) bool
	// memory is how much matches needs, in KiB; 0 means that the work is negligible.
	memory() int64
	// fingerprint changes whenever the secret does. It may be as confidential as a hash.
	fingerprint() string
}

// The limits of a stored hash: each login pays its cost.
const (
	maxBcryptCost    = 16
	maxBcryptBytes   = 72 // bcrypt ignores what follows
	maxArgonMemory   = 256 << 10
	maxArgonTime     = 64
	maxArgonThreads  = 16
	bcryptMemory     = 5 // KiB, about
	minTokenLength   = 20
	newArgonTime     = 5
	newArgonMemory   = 7 << 10 // KiB
	newArgonKeyBytes = 32
)

type bcryptHash string

func (h bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(h), []byte(password[:min(len(password), maxBcryptBytes)])) == nil
}

func (h bcryptHash) memory() int64       { return bcryptMemory }
func (h bcryptHash) fingerprint() string { return string(h) }

type argonHash struct {
	text      string
	time, mem uint32 // rounds, KiB
	threads   uint8
	salt, key []byte
}

func (h *argonHash) matches(password string) bool {
	got := argon2.IDKey([]byte(password), h.salt, h.time, h.mem, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1
}

func (h *argonHash) memory() int64       { return int64(h.mem) }
func (h *argonHash) fingerprint() string { return h.text }

// token is the SHA-256 of a random token, so comparing reveals nothing about its length.
type token [sha256.Size]byte

func (t token) matches(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(sum[:], t[:]) == 1
}

func (t token) memory() int64       { return 0 }
func (t token) fingerprint() string { return string(t[:]) }

// HashBcrypt returns the bcrypt hash of a password of 1 to 72 bytes. The work
// takes about 50 ms.
func HashBcrypt(password string) (string, error) {
	if password == "" || len(password) > maxBcryptBytes {
		return "", errors.New("expected a password of 1 to 72 bytes")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	return string(hash), err
}

// HashArgon2id returns the argon2id hash of a password (RFC 9106) in the PHC
// string format. Making and checking it take 7 MiB and some tens of
// milliseconds: affordable for a small machine, and as much work per guess as
// OWASP's minimum.
func HashArgon2id(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, newArgonTime, newArgonMemory, 1, newArgonKeyBytes)
	h := argonHash{time: newArgonTime, mem: newArgonMemory, threads: 1, salt: salt, key: key}
	return h.phc()
}

// phc formats h as a PHC string.
func (h *argonHash) phc() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.mem, h.time, h.threads,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

// CheckHash returns an error that says what is wrong with the hash of a
// password, nil if an account can have it. The error never contains the hash.
func CheckHash(hash string) error {
	_, err := parseHash(hash)
	return err
}

func parseHash(hash string) (credential, error) {
	switch {
	case strings.HasPrefix(hash, "$2"):
		cost, err := bcrypt.Cost([]byte(hash))
		if err != nil || !validBcrypt(hash) {
			return nil, errors.New("not a bcrypt hash: expected $2a$, $2b$ or $2y$, the cost, $, and 53 characters")
		}
		if cost > maxBcryptCost {
			return nil, fmt.Errorf("a bcrypt cost of %d takes too long for each check; expected %d or less", cost, maxBcryptCost)
		}
		return bcryptHash(hash), nil
	case strings.HasPrefix(hash, "$argon2id$"):
		return parseArgon(hash)
	}
	return nil, errors.New("expected a bcrypt or argon2id hash, such as htpasswd -B and ammarctl password make")
}

// validBcrypt checks what bcrypt.Cost doesn't: the version, the length, and the
// alphabet of salt and hash.
func validBcrypt(hash string) bool {
	const prefix, length = len("$2a$10$"), 60
	return len(hash) == length && strings.IndexByte("aby", hash[2]) >= 0 && hash[3] == '$' && hash[prefix-1] == '$' &&
		strings.Trim(hash[prefix:], "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// parseArgon reads $argon2id$v=19$m=…,t=…,p=…$salt$hash. Only the canonical
// form is accepted, so a hash has exactly one spelling.
func parseArgon(hash string) (*argonHash, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return nil, errors.New("expected $argon2id$v=19$m=…,t=…,p=…$salt$hash")
	}
	if version := "v=" + strconv.Itoa(argon2.Version); parts[2] != version {
		return nil, fmt.Errorf("expected argon2's version %s, got %q", version, parts[2])
	}
	values := strings.Split(parts[3], ",")
	var mem, time, threads uint32
	ok := len(values) == 3 && parseParameter(values[0], "m=", maxArgonMemory, &mem) &&
		parseParameter(values[1], "t=", maxArgonTime, &time) && parseParameter(values[2], "p=", maxArgonThreads, &threads)
	if !ok || mem < 8*threads {
		return nil, fmt.Errorf("expected m=…,t=…,p=… with at most 256 MiB, 64 rounds and 16 threads, got %q", parts[3])
	}
	salt, err := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return nil, errors.New("expected a salt of 8 to 64 bytes in base64")
	}
	key, err := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err != nil || len(key) < 16 || len(key) > 64 {
		return nil, errors.New("expected a hash of 16 to 64 bytes in base64")
	}
	h := &argonHash{text: hash, time: time, mem: mem, threads: uint8(threads), salt: salt, key: key}
	if h.phc() != hash {
		return nil, errors.New("expected numbers without leading zeros, and base64 without line breaks")
	}
	return h, nil
}

// parseParameter reads a number from 1 to most behind name.
func parseParameter(text, name string, most uint64, to *uint32) bool {
	digits, ok := strings.CutPrefix(text, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	*to = uint32(n)
	return ok && err == nil && n >= 1 && n <= most
}
