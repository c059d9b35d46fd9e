package files

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sync"
	"time"
)

const (
	// spareSpace is what an upload leaves free on the disk.
	spareSpace = 64 << 20
	// aheadSpace is asked for beyond what is to be written now, so that not
	// every piece asks.
	aheadSpace = 4 << 20
	// measured is for how long a count of the folder's bytes holds.
	measured = time.Minute
)

// space knows how much may still be stored.
type space struct {
	root  *os.Root
	limit int64                // 0: as much as the disk holds
	free  func() (int64, bool) // what the disk has left, where that is known

	mu   sync.Mutex
	used int64 // bytes of the folder
	held int64 // bytes granted and not yet written
	when time.Time
}

func newSpace(root *os.Root, limit int64) *space {
	return &space{root: root, limit: limit, free: func() (int64, bool) { return freeSpace(root) }}
}

// grant is room for one file that is being written. It is not safe for
// concurrent use.
type grant struct {
	space   *space
	left    int64 // granted and not yet written
	written int64
}

// more asks for room for n more bytes; it fails when they exceed the quota or
// the disk, with all that others were granted.
func (g *grant) more(n int64) error {
	s := g.space
	s.mu.Lock()
	defer s.mu.Unlock()
	if free, ok := s.free(); ok && n > free-spareSpace-s.held {
		return noRoom("There is no room for %s: the disk has %s left.", n, max(0, free-s.held))
	}
	if s.limit > 0 {
		if time.Since(s.when) > measured {
			s.used, s.when = measure(s.root, "."), time.Now()
		}
		if n > s.limit-s.used-s.held {
			return noRoom("There is no room for %s: %s of the %s of this folder are taken.", n, s.used+s.held, s.limit)
		}
	}
	g.left += n
	s.held += n
	return nil
}

// wrote notes n bytes that are on the disk now.
func (g *grant) wrote(n int64) {
	g.space.mu.Lock()
	defer g.space.mu.Unlock()
	g.written += n
	g.space.used += n
	n = min(n, g.left)
	g.left -= n
	g.space.held -= n
}

// end gives back what was not written; what was written counts when it stays.
func (g *grant) end(stays bool) {
	g.space.mu.Lock()
	defer g.space.mu.Unlock()
	g.space.held -= g.left
	g.left = 0
	if !stays {
		g.space.used = max(0, g.space.used-g.written)
	}
	g.written = 0
}

// writer writes to a file as far as there is room for it.
type writer struct {
	to    io.Writer
	grant *grant
}

// Write implements io.Writer; it fails when there is no more room.
func (w writer) Write(p []byte) (int, error) {
	if missing := int64(len(p)) - w.grant.left; missing > 0 && w.grant.more(missing+aheadSpace) != nil {
		if err := w.grant.more(missing); err != nil {
			return 0, err
		}
	}
	n, err := w.to.Write(p)
	w.grant.wrote(int64(n))
	if err != nil {
		return n, &unstoredError{err}
	}
	return n, nil
}

// unstoredError says that the disk failed, and not the client.
type unstoredError struct{ cause error }

func (e *unstoredError) Error() string { return "cannot store the file: " + e.cause.Error() }
func (e *unstoredError) Unwrap() error { return e.cause }

func noRoom(format string, sizes ...int64) error {
	shown := make([]any, len(sizes))
	for i, n := range sizes {
		shown[i] = humanSize(n)
	}
	return &refusal{status: http.StatusInsufficientStorage, text: fmt.Sprintf(format, shown...)}
}

// stale makes the next question measure anew.
func (s *space) stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.when = time.Time{}
}

// measure adds up what is below a name; what cannot be read counts nothing.
func measure(root *os.Root, name string) int64 {
	var total int64
	f, err := root.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	for {
		list, err := f.ReadDir(256)
		for _, e := range list {
			switch {
			case e.IsDir():
				total += measure(root, path.Join(name, e.Name()))
			case e.Type().IsRegular():
				if info, err := e.Info(); err == nil {
					total += info.Size()
				}
			}
		}
		if err != nil || len(list) == 0 {
			return total
		}
	}
}

// isFolder tells whether name is a folder, through links inside the root.
func isFolder(root *os.Root, name string) bool {
	info, err := root.Stat(name)
	return err == nil && info.Mode()&fs.ModeDir != 0
}
