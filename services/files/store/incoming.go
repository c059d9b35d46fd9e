package store

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
	"syscall"
)

// TempFolder holds files that a request is still receiving.
const TempFolder = OwnFolder + "/tmp"

// Incoming is a new file that has no name yet. It is not safe for concurrent
// use. Either Commit or Abort must be called.
type Incoming struct {
	Writer
	store *Store
	f     *os.File
	tmp   string
}

// Receive begins a file of size bytes; -1 means that the size is unknown. It
// returns a *NoRoomError if the file cannot fit.
func (s *Store) Receive(size int64) (*Incoming, error) {
	in := &Incoming{store: s, tmp: TempFolder + "/" + rand.Text(), Writer: Writer{Grant: s.Space.Grant()}}
	if err := in.Grant.More(max(size, 0)); err != nil {
		return nil, err
	}
	err := s.MkdirAll(TempFolder, 0o755)
	if err == nil {
		in.f, err = s.OpenFile(in.tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	}
	if err != nil {
		in.Grant.End(false)
		return nil, err
	}
	in.To = in.f
	return in, nil
}

// Commit syncs the file and gives it its name. Without replace it returns
// fs.ErrExist if the name is taken.
func (in *Incoming) Commit(name string, replace bool) error {
	err := errors.Join(in.f.Sync(), in.f.Close())
	if err == nil {
		err = in.store.Publish(in.tmp, name, replace)
	}
	if err != nil {
		_ = in.store.Remove(in.tmp)
	}
	in.Grant.End(err == nil)
	return err
}

// Abort removes the file.
func (in *Incoming) Abort() {
	_ = in.f.Close()
	_ = in.store.Remove(in.tmp)
	in.Grant.End(false)
}

// Publish gives the finished file tmp its name in one step. Without replace it
// returns fs.ErrExist if the name is taken.
func (s *Store) Publish(tmp, name string, replace bool) error {
	if !replace {
		err := s.Link(tmp, name)
		if err == nil {
			err = s.Remove(tmp)
			return errors.Join(err, s.syncFolder(path.Dir(name)))
		}
		if errors.Is(err, fs.ErrExist) || !hasNoLinks(err) {
			return err
		}
		// The disk has no hard links, as on many USB sticks.
		if _, err := s.Lstat(name); err == nil {
			return fs.ErrExist
		}
	}
	if err := s.Rename(tmp, name); err != nil {
		return err
	}
	return s.syncFolder(path.Dir(name))
}

func hasNoLinks(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOSYS) ||
		errors.Is(err, errors.ErrUnsupported) || runtime.GOOS == "windows"
}

// syncFolder makes a new name survive a power failure.
func (s *Store) syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil // Windows cannot sync a folder
	}
	f, err := s.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// ReplaceOwn writes one of our own files below OwnFolder in one step.
func (s *Store) ReplaceOwn(name string, data []byte) error {
	if err := s.MkdirAll(OwnFolder, 0o755); err != nil {
		return err
	}
	if err := s.WriteFile(name+".new", data, 0o600); err != nil {
		return err
	}
	return s.Rename(name+".new", name)
}
