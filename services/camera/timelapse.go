package camera

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"
)

// timelapse writes frames to a folder at intervals. Beyond the limit it removes
// the oldest of its frames. It does not touch other files.
type timelapse struct {
	hub   *hub
	dir   string
	every time.Duration
	limit int64 // bytes; 0: none
	log   *slog.Logger

	total  int64
	stored []stored // the oldest first
	failed string   // the last logged error
}

type stored struct {
	name string
	size int64
}

// lapseName is the layout of file names for time.Format. The order of the names is
// the order of time.
const lapseName = "2006-01-02T15-04-05.000Z.jpg"

// run writes until ctx ends. An error is logged once, and the write is retried.
func (t *timelapse) run(ctx context.Context) {
	ticker := time.NewTicker(t.every)
	defer ticker.Stop()
	for {
		err := t.shoot(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && err.Error() != t.failed:
			t.failed = err.Error()
			t.log.Warn("timelapse: no picture stored", "folder", t.dir, "error", t.failed)
		case err == nil:
			t.failed = ""
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// shoot stores one frame.
func (t *timelapse) shoot(ctx context.Context) error {
	f, err := t.hub.snap(ctx, time.Now(), 0)
	if err != nil {
		return err
	}
	defer f.release()
	if f.fault != "" {
		return errors.New(f.fault)
	}
	if err := os.MkdirAll(t.dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder: %w", err)
	}
	root, err := os.OpenRoot(t.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if t.stored == nil {
		if err := t.survey(root); err != nil {
			return err
		}
	}
	if t.limit > 0 && int64(len(f.data)) > t.limit {
		return fmt.Errorf("a picture of %d bytes is over the limit of %d", len(f.data), t.limit)
	}
	name := f.captured.UTC().Format(lapseName)
	// A frame appears whole or not at all, even after a crash.
	if err := root.WriteFile(name+partial, f.data, 0o644); err != nil {
		_ = root.Remove(name + partial)
		return err
	}
	if err := root.Rename(name+partial, name); err != nil {
		return err
	}
	t.stored = append(t.stored, stored{name, int64(len(f.data))})
	t.total += int64(len(f.data))
	return t.tidy(root)
}

const partial = ".part"

// survey finds the frames that an earlier run has left, and removes halves.
func (t *timelapse) survey(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	t.stored, t.total = []stored{}, 0
	for _, e := range entries {
		name, half := strings.CutSuffix(e.Name(), partial)
		if _, err := time.Parse(lapseName, name); err != nil || !e.Type().IsRegular() {
			continue
		}
		if half { // our write was interrupted
			_ = root.Remove(e.Name())
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it was just removed
		}
		t.stored = append(t.stored, stored{e.Name(), info.Size()})
		t.total += info.Size()
	}
	slices.SortFunc(t.stored, func(a, b stored) int { return cmp.Compare(a.name, b.name) })
	return nil
}

// tidy removes the oldest frames beyond the limit.
func (t *timelapse) tidy(root *os.Root) error {
	for t.limit > 0 && t.total > t.limit && len(t.stored) > 1 {
		oldest := t.stored[0]
		if err := root.Remove(oldest.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot remove the oldest picture: %w", err)
		}
		t.stored = t.stored[1:]
		t.total -= oldest.size
	}
	return nil
}
