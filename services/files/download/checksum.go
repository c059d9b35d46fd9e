package download

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sync"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

const (
	// maxHashing is how many checksums are computed at once.
	maxHashing = 2
	// maxChecksums bounds the checksums that are remembered.
	maxChecksums = 1024
)

// Checksums answers with the SHA-256 of files and remembers them by entity tag.
// It is safe for concurrent use.
type Checksums struct {
	transfers *transfer.Registry
	slots     *transfer.Slots

	mu    sync.Mutex
	byTag map[string]string
}

// NewChecksums returns an empty set of checksums.
func NewChecksums(transfers *transfer.Registry, limits *transfer.Limits) *Checksums {
	return &Checksums{transfers: transfers, slots: transfer.NewSlots(maxHashing, maxHashing, limits)}
}

// Serve answers in the format that sha256sum -c reads.
func (c *Checksums) Serve(w http.ResponseWriter, r *request.Request, f *os.File, info fs.FileInfo) error {
	tag := store.ETag(info)
	sum := c.get(tag)
	if sum == "" {
		var err error
		if sum, err = c.compute(w, r, f, info); err != nil {
			return err
		}
		c.put(tag, sum)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%s  %s\n", sum, safetext.Replace(path.Base(r.Name)))
	return nil
}

func (c *Checksums) compute(w http.ResponseWriter, r *request.Request, f *os.File, info fs.FileInfo) (string, error) {
	slot, err := c.slots.Enter(r.Context(), r.Client())
	if err != nil {
		return "", err
	}
	defer slot.Leave()
	t, err := c.transfers.Begin(w, r, transfer.Download, r.Name, info.Size())
	if err != nil {
		return "", err
	}
	defer t.End()
	hash := sha256.New()
	if err := t.Send(hash, f, info.Size()); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (c *Checksums) get(tag string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byTag[tag]
}

func (c *Checksums) put(tag, sum string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byTag == nil || len(c.byTag) >= maxChecksums {
		c.byTag = map[string]string{}
	}
	c.byTag[tag] = sum
}
