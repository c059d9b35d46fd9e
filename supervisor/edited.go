//go:build unix

package supervisor

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/filewatch"
)

// fileWatch looks at the files of a service for as long as its configuration
// says so.
type fileWatch struct {
	dir    string
	paths  []string
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func (w *fileWatch) stop() {
	if w != nil {
		w.cancel()
		w.done.Wait()
	}
}

// watchFiles looks at the files that the configuration names.
func (s *service) watchFiles() {
	if w := s.watching; w != nil && w.dir == s.cfg.Dir && slices.Equal(w.paths, s.cfg.Watch) {
		return
	}
	s.watching.stop()
	s.watching = nil
	if len(s.cfg.Watch) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &fileWatch{dir: s.cfg.Dir, paths: s.cfg.Watch, cancel: cancel}
	w.done.Go(func() {
		err := filewatch.Watch(ctx, w.dir, w.paths, func(path string) {
			select {
			case s.edited <- path:
			case <-ctx.Done():
			}
		})
		if err != nil {
			s.log.Note(slog.LevelError, err.Error())
		}
	})
	s.watching = w
}

// changedFile restarts a service whose file changed, also one that failed with
// what was in it before.
func (s *service) changedFile(path string) {
	if s.closing || s.byHand || s.asleep() {
		return
	}
	if shown, err := filepath.Rel(s.cfg.Dir, path); err == nil {
		path = shown
	}
	why := path + " changed"
	s.log.Note(slog.LevelInfo, why)
	if s.state == api.Failed {
		s.backoff.Reset()
	}
	s.restart(why)
}
