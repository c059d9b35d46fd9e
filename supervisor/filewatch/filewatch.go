// Package filewatch tells when files change, as they do under an editor.
package filewatch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// calm is how long nothing else may change before a change is reported: an editor
// writes a file in several steps, and a checkout many files.
const calm = 200 * time.Millisecond

// maxFolders bounds how many folders are watched.
const maxFolders = 2000

// Watch tells of changes to files, and to all that is in folders, until ctx
// ends. paths are relative to dir. Hidden files, and those that editors make
// for themselves, are passed over. tell gets the path of the first of the
// files that changed together.
func Watch(ctx context.Context, dir string, paths []string, tell func(path string)) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return explain.Errorf("too-many-watches", "cannot watch for changes: %w", err)
	}
	defer w.Close()
	var files []string
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		file, err := add(w, path)
		if err != nil {
			return err
		}
		if file != "" {
			files = append(files, file)
		}
	}
	changed := ""
	quiet := time.NewTimer(calm)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err, ok := <-w.Errors:
			if ok {
				return explain.Errorf("too-many-watches", "cannot watch for changes: %w", err)
			}
			return nil
		case e, ok := <-w.Events:
			switch {
			case !ok:
				return nil
			case e.Has(fsnotify.Create):
				_ = addFolder(w, e.Name) // a file, most often
			}
			if ours(e, w.WatchList(), files) {
				if changed == "" {
					changed = e.Name
				}
				quiet.Reset(calm)
			}
		case <-quiet.C:
			tell(changed)
			changed = ""
		}
	}
}

// ours tells whether an event is about something that is watched: what is in a
// folder, or one of the files, for the sake of which their folders are watched.
func ours(e fsnotify.Event, folders, files []string) bool {
	base := filepath.Base(e.Name)
	if e.Op == fsnotify.Chmod || strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") ||
		strings.HasSuffix(base, ".swp") {
		return false
	}
	if slices.Contains(files, e.Name) {
		return true
	}
	dir := filepath.Dir(e.Name)
	inOnlyForFiles := slices.ContainsFunc(files, func(file string) bool { return filepath.Dir(file) == dir })
	return slices.Contains(folders, dir) && !inOnlyForFiles
}

// add watches a folder with everything below it. For a file it watches the folder,
// because an editor replaces the file by a new one.
func add(w *fsnotify.Watcher, path string) (file string, err error) {
	if err := addFolder(w, path); err != errNoFolder {
		return "", err
	}
	if err := w.Add(filepath.Dir(path)); err != nil {
		return "", explain.Errorf("too-many-watches", "cannot watch %s: %w", path, err)
	}
	return path, nil
}

// errNoFolder is for add alone.
var errNoFolder = errors.New("not a folder")

func addFolder(w *fsnotify.Watcher, path string) error {
	return filepath.WalkDir(path, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && at == path:
			return errNoFolder
		case err != nil:
			return nil // it has disappeared, or this user may not read it
		case !d.IsDir() && at == path:
			return errNoFolder
		case !d.IsDir():
			return nil
		case at != path && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case len(w.WatchList()) >= maxFolders:
			return fmt.Errorf("cannot watch %s: there are more than %d folders in it", path, maxFolders)
		}
		return w.Add(at)
	})
}
