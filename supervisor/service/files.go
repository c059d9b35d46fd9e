//go:build unix

package service

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/ammarctl/ammarctl/supervisor/filewatch"
)

// watchedFiles reports changes of the files that a configuration names. The
// service's goroutine owns it.
type watchedFiles struct {
	edited chan string // the path of a file that changed
	note   func(level slog.Level, text string)

	dir    string
	paths  []string
	cancel context.CancelFunc // nil while nothing is watched
	done   sync.WaitGroup
}

// set watches these files, relative to dir, instead of the previous ones.
func (w *watchedFiles) set(dir string, paths []string) {
	if w.dir == dir && slices.Equal(w.paths, paths) {
		return
	}
	w.stop()
	w.dir, w.paths = dir, paths
	if len(paths) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.done.Go(func() {
		err := filewatch.Watch(ctx, dir, paths, func(path string) {
			select {
			case w.edited <- path:
			case <-ctx.Done():
			}
		})
		if err != nil {
			w.note(slog.LevelError, err.Error())
		}
	})
}

// stop returns when no goroutine of it is left.
func (w *watchedFiles) stop() {
	if w.cancel != nil {
		w.cancel()
		w.done.Wait()
		w.cancel = nil
	}
	w.dir, w.paths = "", nil
}
