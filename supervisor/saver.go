//go:build unix

package supervisor

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// savePace is the shortest time between two writes that no caller waits for.
const savePace = 500 * time.Millisecond

// saver keeps the state file up to date. Its methods are safe for concurrent use.
type saver struct {
	path   string
	roster *roster
	log    *slog.Logger

	mu       sync.Mutex // one writes at a time
	saved    []byte     // the content of the file
	reported string     // the error that was logged last
}

// save writes the present state before it returns. It does not touch the file
// when nothing has changed: a flash disk lasts longer then.
func (s *saver) save() {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, err := s.roster.state(process.BootID())
	var text []byte
	if err == nil {
		text, err = statefile.Encode(state)
	}
	if err == nil && bytes.Equal(text, s.saved) {
		return
	}
	if err == nil {
		err = statefile.Write(s.path, text)
	}
	if err == nil {
		s.saved = text
	}
	s.report(err)
}

// report logs an error that is another than the last one.
func (s *saver) report(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != s.reported {
		s.log.Error("The next supervisor will not know everything that this one does", "error", err)
	}
	s.reported = text
}

// follow saves what changes until ctx ends.
func (s *saver) follow(ctx context.Context) {
	changed, stop := s.roster.subscribe()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			s.save()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(savePace):
		}
	}
}
