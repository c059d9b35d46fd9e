package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFileBytes bounds a password or token file.
const maxFileBytes = 4 << 20

// credentialFile is a source of accounts on disk. Its database's mutex guards it.
type credentialFile struct {
	path     string
	kind     string // names the file in errors
	parse    func(path string, r io.Reader) (map[string]account, error)
	accounts map[string]account
	seen     fs.FileInfo // the version that was read last, usable or not; nil: it was missing
}

// changed reports whether the file on disk is another one than was read last.
func (f *credentialFile) changed() bool {
	info, err := os.Stat(f.path)
	if err != nil || f.seen == nil {
		return (err == nil) != (f.seen != nil)
	}
	return !os.SameFile(info, f.seen) || !info.ModTime().Equal(f.seen.ModTime()) || info.Size() != f.seen.Size()
}

// load reads the file. On an error the accounts stay as they were.
func (f *credentialFile) load() error {
	f.seen = nil
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("cannot open the %s: %w", f.kind, err)
	}
	defer file.Close()
	// The version is noted before the content is read: a file that changes
	// during the read is read once more.
	if f.seen, err = file.Stat(); err != nil {
		return fmt.Errorf("cannot read the %s: %w", f.kind, err)
	}
	if f.seen.Size() > maxFileBytes {
		return fmt.Errorf("cannot read the %s: %s is larger than 4 MiB", f.kind, f.path)
	}
	found, err := f.parse(f.path, io.LimitReader(file, maxFileBytes))
	if err != nil {
		return err
	}
	f.accounts = found
	return nil
}

func parseToken(r io.Reader) (token, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return token{}, err
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < minTokenLength || strings.ContainsAny(secret, " \t\r\n") {
		return token{}, fmt.Errorf("expected one token of at least %d characters", minTokenLength)
	}
	return sha256.Sum256([]byte(secret)), nil
}

// EnsureTokenFile writes a new random token of 130 bits to path unless a usable
// one is there. Only this user can read the file. The token is never logged.
func EnsureTokenFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot read the token: %w", err)
	}
	if _, err := parseToken(strings.NewReader(string(text))); err == nil {
		return nil
	}
	if err := writeToken(path); err != nil {
		return fmt.Errorf("cannot write the token: %w", err)
	}
	return nil
}

// writeToken replaces the file in one step, so that no reader sees half a token.
func writeToken(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
