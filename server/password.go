package server

import (
	"bufio"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Passwords is who may enter: names, each with the hash of a password. It
// must not be changed any more once a server uses it.
type Passwords struct {
	// Realm is what the browser shows when it asks; default "private".
	Realm string

	hashes map[string]verifier
}

// verifier compares a password with a hash, in a time that does not depend on
// how alike they are.
type verifier func(password []byte) bool

// Add lets user in with the password of which hash was made: by HashPassword,
// or any bcrypt hash ("$2…", as htpasswd -B makes it) or argon2id hash in PHC's
// form ("$argon2id$v=19$m=…,t=…,p=…$salt$hash"). Plain passwords and older
// hashes are refused. A name again replaces its password.
func (p *Passwords) Add(user, hash string) error {
	if user == "" || strings.ContainsAny(user, ":\r\n") {
		return fmt.Errorf("expected a user's name without a colon, got %q", user)
	}
	v, err := parseHash(hash)
	if err != nil {
		return fmt.Errorf("the password of %q: %w", user, err)
	}
	if p.hashes == nil {
		p.hashes = map[string]verifier{}
	}
	p.hashes[user] = v
	return nil
}

// ReadPasswords reads lines "user:hash", the form of htpasswd's files; empty
// lines and those that begin with # are skipped. An error names its line. A
// file without any user is an error: it would lock everybody out.
func ReadPasswords(r io.Reader) (*Passwords, error) {
	p := new(Passwords)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		user, hash, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("line %d: expected user:hash", n)
		}
		if err := p.Add(user, hash); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(p.hashes) == 0 {
		return nil, errors.New("expected at least one line user:hash")
	}
	return p, nil
}

// LoadPasswords is ReadPasswords from a file.
func LoadPasswords(name string) (*Passwords, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot open the passwords: %w", err)
	}
	defer f.Close()
	p, err := ReadPasswords(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// The cost of a new hash: little enough memory for a small machine, and as
// much work for a guess as the smallest cost that RFC 9106's users recommend.
const (
	argonTime   = 5
	argonMemory = 7 << 10 // KiB
	argonBytes  = 32
)

// HashPassword makes a hash for Add, with argon2id (RFC 9106). It takes some
// tens of milliseconds and 7 MiB, and so does each check of it.
func HashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // crypto/rand does not fail
	hash := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime,
		b64.EncodeToString(salt), b64.EncodeToString(hash))
}

func parseHash(hash string) (verifier, error) {
	switch {
	case strings.HasPrefix(hash, "$2"):
		cost, err := bcrypt.Cost([]byte(hash))
		if err != nil {
			return nil, fmt.Errorf("not a bcrypt hash: %w", err)
		}
		if cost > 16 {
			return nil, fmt.Errorf("a bcrypt cost of %d takes too long for each check; expected 16 or less", cost)
		}
		return func(password []byte) bool { return bcrypt.CompareHashAndPassword([]byte(hash), password) == nil }, nil
	case strings.HasPrefix(hash, "$argon2id$"):
		return parseArgon(hash)
	}
	return nil, errors.New("expected a bcrypt or argon2id hash, such as htpasswd -B makes")
}

func parseArgon(hash string) (verifier, error) {
	var version int
	var memory, time, threads uint32
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return nil, errors.New("expected $argon2id$v=19$m=…,t=…,p=…$salt$hash")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return nil, fmt.Errorf("expected argon2's version v=%d, got %q", argon2.Version, parts[2])
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil ||
		memory < 8*threads || memory > 256<<10 || time < 1 || time > 64 || threads < 1 || threads > 16 {
		return nil, fmt.Errorf("expected m=…,t=…,p=… with at most 256 MiB, 64 rounds and 16 threads, got %q", parts[3])
	}
	salt, err := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return nil, errors.New("expected a salt of 8 to 64 bytes in base64")
	}
	want, err := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return nil, errors.New("expected a hash of 16 to 64 bytes in base64")
	}
	return func(password []byte) bool {
		got := argon2.IDKey(password, salt, time, memory, uint8(threads), uint32(len(want)))
		return subtle.ConstantTimeCompare(got, want) == 1
	}, nil
}

// verify takes as long for a name that does not exist.
func (p *Passwords) verify(user, password string) bool {
	v, known := p.hashes[user]
	if !known {
		for _, v = range p.hashes {
			break
		}
	}
	return v != nil && v([]byte(password)) && known
}
