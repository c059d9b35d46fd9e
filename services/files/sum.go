package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sync"
)

const (
	// hashes is how many are computed at once.
	hashes = 2
	// maxSums bounds those that are remembered.
	maxSums = 1024
)

// sums remembers checksums by the tag of the file.
type sums struct {
	mu sync.Mutex
	by map[string]string
}

func (s *sums) get(tag string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[tag]
}

func (s *sums) put(tag, sum string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil || len(s.by) >= maxSums {
		s.by = map[string]string{}
	}
	s.by[tag] = sum
}

// sum answers with the SHA-256 of a file, in the form that sha256sum -c reads.
func (h *handler) sum(w http.ResponseWriter, r *request, f *os.File, info fs.FileInfo) error {
	tag := etag(info)
	sum := h.sums.get(tag)
	if sum == "" {
		place, err := h.hashes.enter(r.Context(), r.client())
		if err != nil {
			return err
		}
		defer place.leave()
		t, err := h.transfers.begin(w, r, directionDown, r.name, info.Size())
		if err != nil {
			return err
		}
		defer t.end()
		hash := sha256.New()
		if err := h.send(hash, f, info.Size(), r.client(), t); err != nil {
			return err
		}
		sum = hex.EncodeToString(hash.Sum(nil))
		h.sums.put(tag, sum)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%s  %s\n", sum, visible(path.Base(r.name)))
	return nil
}
