package store

import (
	"io"
	"os"
	"path"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

const (
	// SpareSpace is the number of bytes that uploads leave free on the disk.
	SpareSpace = 64 << 20
	// aheadSpace is granted beyond the current write, so that not every write
	// needs a new grant.
	aheadSpace = 4 << 20
	// measureEvery is how long a count of the folder's bytes is used.
	measureEvery = time.Minute
)

// Space knows how many bytes can still be stored. It is safe for concurrent
// use.
type Space struct {
	// Free returns the free bytes of the disk; ok is false where the system does
	// not tell. It is replaced only before the first request.
	Free func() (n int64, ok bool)

	root  *os.Root
	limit int64 // 0: as much as the disk holds

	mu       sync.Mutex
	used     int64 // bytes of the folder
	granted  int64 // bytes granted and not yet written
	measured time.Time
}

func newSpace(root *os.Root, limit int64) *Space {
	return &Space{root: root, limit: limit, Free: func() (int64, bool) { return freeSpace(root) }}
}

// Granted is the number of bytes that writers may still write.
func (s *Space) Granted() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.granted
}

// Stale makes the next grant measure the folder again.
func (s *Space) Stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.measured = time.Time{}
}

// Check returns a *NoRoomError if n more bytes do not fit now.
func (s *Space) Check(n int64) error {
	g := &Grant{space: s}
	err := g.More(n)
	g.End(false)
	return err
}

// Grant starts an empty grant for one file.
func (s *Space) Grant() *Grant { return &Grant{space: s} }

// Grant is room for one file while it is written. It is not safe for
// concurrent use.
type Grant struct {
	space   *Space
	rest    int64 // granted and not yet written
	written int64
}

// More asks for room for n more bytes. It returns a *NoRoomError if they exceed
// the quota or the disk, together with all other grants.
func (g *Grant) More(n int64) error {
	s := g.space
	s.mu.Lock()
	defer s.mu.Unlock()
	if free, ok := s.Free(); ok && n > free-SpareSpace-s.granted {
		return &NoRoomError{Wanted: n, Free: max(0, free-s.granted)}
	}
	if s.limit > 0 {
		if time.Since(s.measured) > measureEvery {
			s.used, s.measured = measure(s.root, "."), time.Now()
		}
		if n > s.limit-s.used-s.granted {
			return &NoRoomError{Wanted: n, Used: s.used + s.granted, Quota: s.limit}
		}
	}
	g.rest += n
	s.granted += n
	return nil
}

// wrote moves n bytes from granted to used.
func (g *Grant) wrote(n int64) {
	g.space.mu.Lock()
	defer g.space.mu.Unlock()
	g.written += n
	g.space.used += n
	n = min(n, g.rest)
	g.rest -= n
	g.space.granted -= n
}

// End returns the bytes that were not written. Bytes that were written keep
// counting if the file stays.
func (g *Grant) End(stays bool) {
	g.space.mu.Lock()
	defer g.space.mu.Unlock()
	g.space.granted -= g.rest
	g.rest = 0
	if !stays {
		g.space.used = max(0, g.space.used-g.written)
	}
	g.written = 0
}

// Writer writes to a file while its grant lasts.
type Writer struct {
	To    io.Writer
	Grant *Grant
}

// Write implements io.Writer. It returns a *NoRoomError without room, and a
// *UnstoredError if the disk failed.
func (w Writer) Write(p []byte) (int, error) {
	missing := int64(len(p)) - w.Grant.rest
	if missing > 0 && w.Grant.More(missing+aheadSpace) != nil {
		if err := w.Grant.More(missing); err != nil {
			return 0, err
		}
	}
	n, err := w.To.Write(p)
	w.Grant.wrote(int64(n))
	if err != nil {
		return n, &UnstoredError{err}
	}
	return n, nil
}

// UnstoredError reports that the disk failed, not the client.
type UnstoredError struct{ Cause error }

// Error implements error.
func (e *UnstoredError) Error() string { return "cannot store the file: " + e.Cause.Error() }

// Unwrap returns the error of the file system.
func (e *UnstoredError) Unwrap() error { return e.Cause }

// NoRoomError reports that a file does not fit. All fields are bytes.
type NoRoomError struct {
	Wanted int64
	Free   int64 // free on the disk; used if Quota is 0
	Used   int64 // of Quota
	Quota  int64 // of the folder; 0: the disk is the limit
}

// Error implements error.
func (e *NoRoomError) Error() string {
	if e.Quota == 0 {
		return "There is no room for " + humanize.Bytes(e.Wanted) + ": the disk has " + humanize.Bytes(e.Free) + " left."
	}
	return "There is no room for " + humanize.Bytes(e.Wanted) + ": " + humanize.Bytes(e.Used) + " of the " +
		humanize.Bytes(e.Quota) + " of this folder are taken."
}

// measure adds up the files below a name. Unreadable files count as 0.
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
