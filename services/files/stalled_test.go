package files

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/services/files/archive"
)

// stalled is a client that takes nothing. As a connection's, its writes end at
// their deadline.
type stalled struct {
	once sync.Once
	gone chan struct{}
}

func (c *stalled) Header() http.Header { return http.Header{} }
func (c *stalled) WriteHeader(int)     {}

func (c *stalled) Write([]byte) (int, error) {
	<-c.gone
	return 0, errors.New("too late")
}

func (c *stalled) SetWriteDeadline(at time.Time) error {
	if !at.IsZero() && !at.After(time.Now()) {
		c.once.Do(func() { close(c.gone) })
	}
	return nil
}

// fetch asks for the folder as zip until it is ended.
func (c *stalled) fetch(s share, addr string) {
	defer func() { _ = recover() }() // as net/http does
	r := streamed(http.MethodGet, "/?zip", nil)
	r.RemoteAddr = addr
	s.h.ServeHTTP(c, r)
}

func TestClientsThatStallDoNotKeepOthersFromAnArchive(t *testing.T) {
	root := tree(t, map[string]string{"a.bin": strings.Repeat("x", 4<<20)})
	synctest.Test(t, func(t *testing.T) {
		s := newShare(t, root)
		clients := make([]stalled, archive.MaxRunning)
		var all sync.WaitGroup
		for i := range clients {
			clients[i].gone = make(chan struct{})
			all.Go(func() { clients[i].fetch(s, fmt.Sprintf("192.0.2.%d:1000", 10+i)) })
		}
		synctest.Wait()
		began := time.Now()
		status, body := s.get("/?zip")
		if took := time.Since(began); status != http.StatusOK || len(body) < 4<<20 || took != 10*time.Second {
			t.Errorf("another gets %d with %d bytes after %s", status, len(body), took)
		}
		if left := len(s.h.transfers.List(time.Now())); left != archive.MaxRunning-1 {
			t.Errorf("%d of %d are left", left, archive.MaxRunning)
		}
		for i := range clients {
			_ = clients[i].SetWriteDeadline(time.Now())
		}
		all.Wait()
	})
}
