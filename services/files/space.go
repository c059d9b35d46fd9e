package files

import (
	"fmt"
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
	// measured is for how long a count of the folder's bytes holds.
	measured = time.Minute
)

// space knows how much may still be stored.
type space struct {
	root  *os.Root
	limit int64 // 0: as much as the disk holds

	mu   sync.Mutex
	used int64
	when time.Time
}

// room fails when n more bytes exceed the quota or the disk.
func (s *space) room(n int64) error {
	if free, ok := freeSpace(s.root); ok && n > free-spareSpace {
		return &refusal{status: http.StatusInsufficientStorage, text: fmt.Sprintf("There is no room for %s: the disk has %s left.", humanSize(n), humanSize(free))}
	}
	if s.limit <= 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.when) > measured {
		s.used, s.when = measure(s.root, "."), time.Now()
	}
	if s.used+n > s.limit {
		return &refusal{status: http.StatusInsufficientStorage, text: fmt.Sprintf("There is no room for %s: %s of the %s of this folder are taken.", humanSize(n), humanSize(s.used), humanSize(s.limit))}
	}
	return nil
}

// taken counts what was stored until it is measured again.
func (s *space) taken(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used += n
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
