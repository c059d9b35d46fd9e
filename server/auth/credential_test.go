package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestHashesOfOthersAreVerified(t *testing.T) {
	for _, c := range []struct{ hash, password string }{
		// From the reference implementation of argon2.
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
		{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
		// From the test vectors of crypt_blowfish.
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
		{HashArgon2id("käse"), "käse"},
		{strings.Replace(quickHash(t, "secret"), "$2a$", "$2y$", 1), "secret"}, // as htpasswd -B writes it
	} {
		v, err := parseHash(c.hash)
		if err != nil {
			t.Errorf("%s: %v", c.hash, err)
		} else if !v.matches(c.password) || v.matches(c.password+"x") || v.matches("") {
			t.Errorf("%s accepts a wrong password or refuses the right one", c.hash)
		}
	}
	long := strings.Repeat("x", maxBcryptBytes)
	if v, err := parseHash(quickHash(t, long)); err != nil || !v.matches(long+"y") {
		t.Errorf("a password is not cut off where htpasswd -B cuts it off: %v", err)
	}
	for _, password := range []string{"", long + "x"} {
		if _, err := HashBcrypt(password); err == nil {
			t.Errorf("a password of %d bytes is hashed", len(password))
		}
	}
	if hash, err := HashBcrypt("x"); err != nil || CheckHash(hash) != nil {
		t.Errorf("%s: %v", hash, err)
	}
}

func TestBadHashesAreExplained(t *testing.T) {
	good := "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"
	if err := CheckHash(good); err != nil {
		t.Fatal(err)
	}
	replace := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	bcrypt := quickHash(t, "x")
	for hash, want := range map[string]string{
		"": "expected a bcrypt or argon2id hash", "plain": "expected a bcrypt or argon2id hash",
		"$apr1$x$y": "expected a bcrypt or argon2id hash", "$argon2i$v=19": "expected a bcrypt",
		"$2y$99$xx": "not a bcrypt hash", bcrypt[:59]: "not a bcrypt hash", bcrypt + "x": "not a bcrypt hash",
		bcrypt[:59] + "!":      "not a bcrypt hash",
		"$2a$17$" + bcrypt[7:]: "cost of 17", "$argon2id$v=19": "expected $argon2id$", good + "$x": "expected $argon2id$",
		replace("v=19", "v=16"): "version", replace("m=64", "m=9999999"): "at most 256 MiB",
		replace("m=64", "m=064"): "leading zeros", replace("m=64", "m=+64"): "at most",
		replace("m=64", "m=7"): "at most", replace("t=1", "t=0"): "at most", replace("t=1", "t=65"): "at most",
		replace("p=1", "p=17"): "at most", replace("p=1", "p=1,x=1"): "at most",
		replace("c2FsdHNhbHQ", "c2FsdA"): "salt of 8", replace("c2FsdHNhbHQ", "c2FsdHNhbHR"): "salt of 8",
		replace("aGFzaGhhc2hoYXNoaGFzaA", ""): "hash of 16", good + "\n": "without line breaks",
	} {
		if err := CheckHash(hash); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", hash, err, want)
		}
	}
}

// phcOracle decides with a regular expression what parseArgon accepts.
func phcOracle(hash string) bool {
	m := regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9][0-9]*),t=([1-9][0-9]?),p=([1-9][0-9]?)` +
		`\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`).FindStringSubmatch(hash)
	if m == nil || strings.HasSuffix(hash, "\n") {
		return false
	}
	mem, err := strconv.Atoi(m[1])
	time, _ := strconv.Atoi(m[2])
	threads, _ := strconv.Atoi(m[3])
	if err != nil || mem < 8*threads || mem > 262144 || time > 64 || threads > 16 {
		return false
	}
	length := func(text string) int { // 0: not what encoding gives
		raw, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil || base64.RawStdEncoding.EncodeToString(raw) != text {
			return 0
		}
		return len(raw)
	}
	salt, key := length(m[4]), length(m[5])
	return salt >= 8 && salt <= 64 && key >= 16 && key <= 64
}

func FuzzArgonHash(f *testing.F) {
	good := "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"
	f.Add(good)
	f.Add(strings.Replace(good, "m=64", "m=262144", 1))
	f.Add(strings.Replace(good, "p=1", "p=16", 1))
	f.Add(strings.Replace(good, "t=1", "t=064", 1))
	f.Add(good + "\n")
	f.Add(strings.Replace(good, "Q$a", "Q\n$a", 1))
	f.Fuzz(func(t *testing.T, hash string) {
		h, err := parseArgon(hash)
		if (err == nil) != phcOracle(hash) {
			t.Fatalf("%q: %v, the oracle says %t", hash, err, phcOracle(hash))
		}
		if err == nil && h.phc() != hash {
			t.Errorf("%q becomes %q", hash, h.phc())
		}
	})
}

// A hash that is accepted is one that bcrypt can compare with.
func FuzzBcryptHash(f *testing.F) {
	f.Add("$2a$04$abcdefghijklmnopqrstuuK6Jz0Q0c1s9vQy0xqk0xqk0xqk0xqk0")
	f.Add("$2y$16$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK")
	f.Add("$2$10$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK")
	f.Fuzz(func(t *testing.T, hash string) {
		if !strings.HasPrefix(hash, "$2") || CheckHash(hash) != nil {
			return
		}
		if cost, _ := bcrypt.Cost([]byte(hash)); cost > 6 {
			hash = hash[:4] + "04" + hash[6:] // fast
		}
		if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte("x")); err != nil &&
			!errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			t.Errorf("%q is accepted, and can't be compared with: %v", hash, err)
		}
	})
}

// passwordOracle reads a password file in one pass over its lines, with no
// idea of line numbers or reasons.
func passwordOracle(text string) (names []string, ok bool) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, ":", 2)
		if len(parts) != 2 || parts[0] == "" || strings.Contains(parts[0], "\r") || CheckHash(parts[1]) != nil {
			return nil, false
		}
		names = append(names, parts[0])
	}
	return names, len(names) > 0
}

func FuzzPasswords(f *testing.F) {
	f.Add("ann:$2a$04$abcdefghijklmnopqrstuuK6Jz0Q0c1s9vQy0xqk0xqk0xqk0xqk0")
	f.Add("# x\n\nann:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA\r\n" +
		" bob:$2a$04$abcdefghijklmnopqrstuuK6Jz0Q0c1s9vQy0xqk0xqk0xqk0xqk0\n")
	f.Add("ann:secret")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 60_000 {
			return // a line may be too long for the scanner
		}
		entries, err := parsePasswords(strings.NewReader(text))
		var got []string
		for _, e := range entries {
			got = append(got, e.name)
		}
		want, ok := passwordOracle(text)
		if (err == nil) != ok || err == nil && !slices.Equal(got, want) {
			t.Fatalf("%q: %v, %v, the oracle says %v, %t", text, got, err, want, ok)
		}
		var wrong *lineError
		if errors.As(err, &wrong) && (wrong.line < 1 || wrong.line > strings.Count(text, "\n")+1) {
			t.Errorf("%q: there is no line %d", text, wrong.line)
		}
		db := new(Database)
		if readErr := db.ReadPasswords(strings.NewReader(text)); (readErr == nil) != ok {
			t.Errorf("%q: ReadPasswords: %v", text, readErr)
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add(strings.Repeat("x", minTokenLength) + "\n")
	f.Add("short")
	f.Add("two words that are long enough for a token")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseToken(strings.NewReader(text))
		secret := strings.TrimSpace(text)
		ok := len(secret) >= minTokenLength && len(strings.FieldsFunc(secret,
			func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })) == 1
		if (err == nil) != ok {
			t.Fatalf("%q: %v, want an error: %t", text, err, !ok)
		}
		if ok && (!got.matches(secret) || got.matches(secret+"x") || got.matches("")) {
			t.Errorf("%q does not match itself alone", text)
		}
	})
}

func ExampleDatabase_Add() {
	db := &Database{Source: "users"}
	fmt.Println(db.Add("anna", "secret"))
	// Output: the password of "anna": expected a bcrypt or argon2id hash, such as htpasswd -B and ammarctl password make
}
