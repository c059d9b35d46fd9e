package access

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// maxLinks bounds how many there are at once.
const maxLinks = 1000

// Link opens one file or folder to anyone with its token.
type Link struct {
	ID        string    `json:"id"`               // names it; opens nothing
	Name      string    `json:"name"`             // below the root
	Folder    bool      `json:"folder"`           // everything below Name
	By        string    `json:"by"`               // who made it
	Made      time.Time `json:"made"`             //
	Expires   time.Time `json:"expires,omitzero"` // zero: never
	Downloads int       `json:"downloads"`        // how many may be begun; 0: any number
	Begun     int       `json:"begun"`            // downloads so far
}

// stored is a link on the disk: the token's hash, which opens nothing.
type stored struct {
	Link
	Hash string `json:"token_sha256"`
}

// Links is the set of links, kept in a file. It is safe for concurrent use.
type Links struct {
	path string // empty: in memory only

	mu     sync.Mutex
	byHash map[string]*Link
	read   fs.FileInfo // the file as it was read or written last; nil: there was none
}

// OpenLinks reads the links kept in the file at path, which need not exist.
// With an empty path they last as long as the process.
func OpenLinks(path string) (*Links, error) {
	l := &Links{path: path, byHash: map[string]*Link{}}
	return l, l.load()
}

// load reads the file if it is another than the one that is known: a process
// that serves the same folder may have changed it, and what was revoked there
// must not come back by what is saved here. mu is held.
func (l *Links) load() error {
	if l.path == "" {
		return nil
	}
	info, err := os.Stat(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cannot read the links: %w", err)
	case l.read != nil && os.SameFile(info, l.read) && info.ModTime().Equal(l.read.ModTime()) &&
		info.Size() == l.read.Size():
		return nil
	}
	data, err := os.ReadFile(l.path)
	if err != nil {
		return fmt.Errorf("cannot read the links: %w", err)
	}
	var list []stored
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("cannot read the links in %s: %w", l.path, err)
	}
	l.byHash = map[string]*Link{}
	for _, s := range list {
		link := s.Link
		l.byHash[s.Hash] = &link
	}
	l.read = info
	return nil
}

// The reasons why a link opens nothing.
var (
	ErrNoLink  = errors.New("there is no such link; it may have been revoked")
	ErrExpired = explain.Errorf("link-expired", "this link has expired")
	ErrUsedUp  = explain.Errorf("link-expired", "this link has been used as often as it may be")
)

// Make keeps a link and returns its token, which is not kept.
func (l *Links) Make(link Link) (Link, string, error) {
	token := rand.Text()
	link.ID, link.Made, link.Begun = rand.Text()[:10], time.Now().UTC().Truncate(time.Second), 0
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		return Link{}, "", err
	}
	l.sweep(time.Now())
	if len(l.byHash) >= maxLinks {
		return Link{}, "", fmt.Errorf("there are %d links already; revoke some", maxLinks)
	}
	l.byHash[digest(token)] = &link
	return link, token, l.save()
}

// Open returns the link of a token: ErrNoLink or ErrExpired otherwise.
func (l *Links) Open(token string, now time.Time) (Link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		return Link{}, err
	}
	link := l.byHash[digest(token)]
	switch {
	case link == nil:
		return Link{}, ErrNoLink
	case !link.Expires.IsZero() && !now.Before(link.Expires):
		return Link{}, ErrExpired
	}
	return *link, nil
}

// Begin counts a download, or says ErrUsedUp.
func (l *Links) Begin(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		return err
	}
	for _, link := range l.byHash {
		if link.ID != id {
			continue
		}
		if link.Downloads > 0 && link.Begun >= link.Downloads {
			return ErrUsedUp
		}
		link.Begun++
		return l.save()
	}
	return ErrNoLink
}

// List returns the links, the newest first.
func (l *Links) List() []Link {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.load() // those that are known are better than none
	list := make([]Link, 0, len(l.byHash))
	for _, link := range l.byHash {
		list = append(list, *link)
	}
	slices.SortFunc(list, func(a, b Link) int { return cmp.Or(b.Made.Compare(a.Made), cmp.Compare(a.ID, b.ID)) })
	return list
}

// Revoke ends a link; ErrNoLink when there is none.
func (l *Links) Revoke(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		return err
	}
	for hash, link := range l.byHash {
		if link.ID == id {
			delete(l.byHash, hash)
			return l.save()
		}
	}
	return ErrNoLink
}

// Gone revokes the links to name and to what is below it: whatever comes to
// have that name later was not meant.
func (l *Links) Gone(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		return err
	}
	before := len(l.byHash)
	for hash, link := range l.byHash {
		if covers(name, link.Name) {
			delete(l.byHash, hash)
		}
	}
	if len(l.byHash) == before {
		return nil
	}
	return l.save()
}

// sweep forgets links that expired a day ago. Until then, their visitors learn why.
func (l *Links) sweep(now time.Time) {
	for hash, link := range l.byHash {
		if !link.Expires.IsZero() && now.After(link.Expires.Add(24*time.Hour)) {
			delete(l.byHash, hash)
		}
	}
}

// save replaces the file in one step. mu is held.
func (l *Links) save() error {
	if l.path == "" {
		return nil
	}
	list := make([]stored, 0, len(l.byHash))
	for hash, link := range l.byHash {
		list = append(list, stored{*link, hash})
	}
	data, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return fmt.Errorf("cannot keep the links: %w", err)
	}
	tmp := l.path + ".new"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("cannot keep the links: %w", err)
	}
	if err := os.Rename(tmp, l.path); err != nil {
		return fmt.Errorf("cannot keep the links: %w", err)
	}
	l.read, _ = os.Stat(l.path) // else it is read again
	return nil
}

// digest is compared instead of the token, so that the time it takes tells
// nothing about the token.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
