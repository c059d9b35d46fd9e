// Package store is the shared folder on the disk. It opens only files and
// folders, stores new files in one step, and knows how much room is left.
// Everything goes through one os.Root, so no name leads out of the folder.
package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// MaxDepth is how many levels of folders are followed.
const MaxDepth = 200

// OwnFolder holds our own files below the root. Its name begins with a dot, so
// no request leads there. It is on the same disk, so a rename publishes a file.
const OwnFolder = ".ammar"

// Store is a shared folder. It is safe for concurrent use. The methods of
// os.Root work on any kind of file; Open* refuse everything but plain ones.
type Store struct {
	*os.Root
	Space  *Space
	escape error // what os.Root returns for a name that leads out
}

// New returns the store of a root, which the caller closes. quota is the
// number of bytes that the folder may hold; 0 means as many as the disk has.
func New(root *os.Root, quota int64) *Store {
	s := &Store{Root: root, Space: newSpace(root, quota)}
	// os has no exported error for this case, so we provoke it once.
	_, err := root.Lstat("..")
	var path *fs.PathError
	if errors.As(err, &path) {
		s.escape = path.Err
	}
	return s
}

// OpenRoot opens the folder at path. A leading ~ is the user's home.
func OpenRoot(path string) (*os.Root, error) {
	given := path
	if path == "~" || strings.HasPrefix(path, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("cannot share %s: %w", given, err)
		}
		path = filepath.Join(home, path[1:])
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cannot share %s: %w", given, err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cannot share %s: no such folder; make it, or name another with --root", path)
	case err != nil:
		return nil, fmt.Errorf("cannot share %s: %w", path, err)
	case !info.IsDir():
		return nil, fmt.Errorf("cannot share %s: it is a file; share its folder with --only %s", path, filepath.Base(path))
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("cannot share %s: %w", path, err)
	}
	return root, nil
}

// NotPlainError reports a device, socket or FIFO, which is never opened.
type NotPlainError struct{ Name string }

// Error implements error.
func (e *NotPlainError) Error() string {
	return safetext.Replace(e.Name) + " is neither a file nor a folder."
}

// CheckPlain returns a *NotPlainError for anything but files and folders.
func CheckPlain(info fs.FileInfo) error {
	if info.IsDir() || info.Mode().IsRegular() {
		return nil
	}
	return &NotPlainError{info.Name()}
}

// StatPlain is Stat followed by CheckPlain.
func (s *Store) StatPlain(name string) (fs.FileInfo, error) {
	info, err := s.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := CheckPlain(info); err != nil {
		return nil, err
	}
	return info, nil
}

// OpenPlain opens a file or a folder for reading. Anything else is refused
// before it is opened, since opening a device can have an effect.
func (s *Store) OpenPlain(name string) (*os.File, fs.FileInfo, error) {
	if _, err := s.StatPlain(name); err != nil {
		return nil, nil, err
	}
	f, err := s.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, nil, err
	}
	// The name may have been replaced since Stat.
	info, err := f.Stat()
	if err == nil {
		err = CheckPlain(info)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// IsFolder reports whether name is a folder, through links inside the root.
func (s *Store) IsFolder(name string) bool {
	info, err := s.Stat(name)
	return err == nil && info.IsDir()
}

// Escapes reports whether err says that a link leads out of the root.
func (s *Store) Escapes(err error) bool { return s.escape != nil && errors.Is(err, s.escape) }

// Present returns an error if the root itself is gone. A deleted folder that is
// held open can still be opened, but not listed.
func (s *Store) Present() error {
	f, err := s.Open(".")
	if errors.Is(err, fs.ErrPermission) {
		return nil // it exists, but cannot be listed
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Readdirnames(1); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// ETag is a strong validator. Writing a file changes its time; replacing it
// changes the inode.
func ETag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x-%x"`, info.ModTime().UnixNano(), info.Size(), inode(info))
}
