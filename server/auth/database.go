package auth

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Database is a set of accounts, each with one credential. The accounts of all
// its sources form one set: a name that two sources define is an error. The zero
// value is empty and ready to use. All methods are safe for concurrent use.
type Database struct {
	// Source names the place of the accounts that Add defines, for errors:
	// "users", for example. Set it before Add.
	Source string

	mu      sync.Mutex
	added   map[string]account
	files   []*credentialFile
	checked time.Time // when the files were last compared with the disk
	merged  accounts  // derived from added and files
}

// account is a credential and the place that defines it, "users" or "passwords:3".
type account struct {
	credential
	place string
}

// accounts is an immutable snapshot of a database.
type accounts struct {
	byName map[string]account
	names  []string // sorted
}

// DuplicateError means that two sources of a database define the same account.
type DuplicateError struct {
	Account string
	Places  [2]string // "users", "/etc/passwords:3"
}

// Error implements error.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("user %q is defined twice, in %s and in %s; remove one of the two",
		e.Account, e.Places[0], e.Places[1])
}

// Add defines an account with the hash of its password: bcrypt ("$2a$10$…", as
// htpasswd -B makes it) or argon2id in the PHC string format. Plain passwords
// and older hashes are errors. Adding a name again replaces its password. A name
// that a file defines too is a *DuplicateError.
func (d *Database) Add(name, hash string) error {
	c, err := parseAccount(name, hash)
	if err != nil {
		return err
	}
	place := d.Source
	if place == "" {
		place = "the program"
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	added := maps.Clone(d.added)
	if added == nil {
		added = map[string]account{}
	}
	added[name] = account{c, place}
	merged, err := merge(added, d.files)
	if err != nil {
		return err
	}
	d.added, d.merged = added, merged
	return nil
}

// AddPasswordFile adds the accounts of a file with lines "name:hash", the
// format of htpasswd. Empty lines and lines that begin with # are skipped. A
// file without any account is an error: it would lock everyone out. When the
// file changes on disk, it is read again within about a second of the next
// login. If it can't be used then, the last good accounts stay.
func (d *Database) AddPasswordFile(path string) error {
	return d.addFile(&credentialFile{path: path, kind: "password file", parse: parsePasswordFile})
}

// AddTokenFile adds one account whose secret is the token in a file. It is
// read again like a password file.
func (d *Database) AddTokenFile(name, path string) error {
	parse := func(path string, r io.Reader) (map[string]account, error) {
		t, err := parseToken(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return map[string]account{name: {t, path}}, nil
	}
	return d.addFile(&credentialFile{path: path, kind: "token", parse: parse})
}

func (d *Database) addFile(f *credentialFile) error {
	if err := f.load(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	files := append(slices.Clone(d.files), f)
	merged, err := merge(d.added, files)
	if err != nil {
		return err
	}
	d.files, d.merged = files, merged
	return nil
}

// ReadPasswords adds the accounts of r, in the format of AddPasswordFile.
func (d *Database) ReadPasswords(r io.Reader) error {
	entries, err := parsePasswords(r)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := d.Add(e.name, e.hash); err != nil {
			return fmt.Errorf("line %d: %w", e.line, err)
		}
	}
	return nil
}

// Len returns the number of accounts.
func (d *Database) Len() int { return len(d.snapshot().names) }

// Fingerprint identifies the present secret of an account: it changes when the
// secret does, and is empty when there is no such account. Treat it as
// confidential.
func (d *Database) Fingerprint(name string) string {
	if a, ok := d.snapshot().byName[name]; ok {
		return a.fingerprint()
	}
	return ""
}

func (d *Database) snapshot() accounts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.merged
}

// reloadInterval is how often, at most, files are compared with the disk.
const reloadInterval = time.Second

// reload reads files that have changed on disk. It returns the paths
// that it has read, and an error for files whose previous content stays.
func (d *Database) reload(now time.Time) (reloaded []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if since := now.Sub(d.checked); since >= 0 && since < reloadInterval {
		return nil, nil
	}
	d.checked = now
	for _, f := range d.files {
		if !f.changed() {
			continue
		}
		previous := f.accounts
		loadErr := f.load()
		if loadErr == nil {
			var merged accounts
			if merged, loadErr = merge(d.added, d.files); loadErr == nil {
				d.merged = merged
				reloaded = append(reloaded, f.path)
				continue
			}
			f.accounts = previous
		}
		err = errors.Join(err, loadErr)
	}
	return reloaded, err
}

func merge(added map[string]account, files []*credentialFile) (accounts, error) {
	all := accounts{byName: maps.Clone(added)}
	if all.byName == nil {
		all.byName = map[string]account{}
	}
	for _, f := range files {
		for _, name := range slices.Sorted(maps.Keys(f.accounts)) {
			if other, twice := all.byName[name]; twice {
				return accounts{}, &DuplicateError{name, [2]string{other.place, f.accounts[name].place}}
			}
			all.byName[name] = f.accounts[name]
		}
	}
	all.names = slices.Sorted(maps.Keys(all.byName))
	return all, nil
}

// find returns the credential of an account. For an unknown name it returns the
// credential of some account, so that verifying costs the same. The name alone
// decides which one, so that the next attempt costs the same too. It is nil when
// there are no accounts.
func (a accounts) find(name string, seed maphash.Seed) (c credential, known bool) {
	if acc, ok := a.byName[name]; ok {
		return acc.credential, true
	}
	if len(a.names) == 0 {
		return nil, false
	}
	i := maphash.String(seed, name) % uint64(len(a.names))
	return a.byName[a.names[i]].credential, false
}

func parseAccount(name, hash string) (credential, error) {
	if name == "" || strings.ContainsAny(name, ":\r\n") {
		return nil, fmt.Errorf("expected a user's name without a colon, got %q", name)
	}
	c, err := parseHash(hash)
	if err != nil {
		return nil, fmt.Errorf("the password of %q: %w", name, err)
	}
	return c, nil
}

// passwordEntry is a line of a password file.
type passwordEntry struct {
	line       int // from 1
	name, hash string
	credential credential
}

// lineError is an error in a line of a file.
type lineError struct {
	line int // from 1
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// parsePasswords reads lines "name:hash". The error is a *lineError, an
// error of r, or says that there is no line at all.
func parsePasswords(r io.Reader) (entries []passwordEntry, err error) {
	lines := bufio.NewScanner(r)
	n := 1
	for ; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, hash, ok := strings.Cut(line, ":")
		if !ok {
			return nil, &lineError{n, errors.New("expected user:hash")}
		}
		c, err := parseAccount(name, hash)
		if err != nil {
			return nil, &lineError{n, err}
		}
		entries = append(entries, passwordEntry{n, name, hash, c})
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, &lineError{n, errors.New("the line is longer than 64 KiB")}
	} else if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, errors.New("expected at least one line user:hash")
	}
	return entries, nil
}

// parsePasswordFile is parsePasswords for the file at path, with errors as editors read them.
func parsePasswordFile(path string, r io.Reader) (map[string]account, error) {
	entries, err := parsePasswords(r)
	var wrong *lineError
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("%s:%d: %w", path, wrong.line, wrong.err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	found := make(map[string]account, len(entries))
	for _, e := range entries {
		found[e.name] = account{e.credential, fmt.Sprintf("%s:%d", path, e.line)}
	}
	return found, nil
}
