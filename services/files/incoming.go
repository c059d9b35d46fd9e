package files

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
	"syscall"
)

// Where the parts of uploads are until they are whole. The name begins with a
// dot, so no request leads there; it is below the root, so that a rename is
// all that is left to do.
const (
	ownFolder  = ".ammar"
	tempFolder = ownFolder + "/tmp"
)

// incoming is a file that is not visible yet.
type incoming struct {
	writer
	root *os.Root
	f    *os.File
	tmp  string
}

// receive begins a file of so many bytes, or of -1 when it is not known how
// many, if there is room for it.
func receive(root *os.Root, room *space, size int64) (*incoming, error) {
	in := &incoming{root: root, tmp: tempFolder + "/" + rand.Text(), writer: writer{grant: &grant{space: room}}}
	if err := in.grant.more(max(size, 0)); err != nil {
		return nil, err
	}
	err := root.MkdirAll(tempFolder, 0o755)
	if err == nil {
		in.f, err = root.OpenFile(in.tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	}
	if err != nil {
		in.grant.end(false)
		return nil, err
	}
	in.to = in.f
	return in, nil
}

// commit makes the file visible as name, whole and on the disk. Without
// replace it fails with fs.ErrExist when there is something already.
func (in *incoming) commit(name string, replace bool) error {
	err := errors.Join(in.f.Sync(), in.f.Close())
	if err == nil {
		err = publish(in.root, in.tmp, name, replace)
	}
	if err != nil {
		_ = in.root.Remove(in.tmp)
	}
	in.grant.end(err == nil)
	return err
}

// abort leaves nothing behind.
func (in *incoming) abort() {
	_ = in.f.Close()
	_ = in.root.Remove(in.tmp)
	in.grant.end(false)
}

// publish gives a finished file its name in one step.
func publish(root *os.Root, tmp, name string, replace bool) error {
	if !replace {
		err := root.Link(tmp, name)
		if err == nil {
			err = root.Remove(tmp)
			return errors.Join(err, syncFolder(root, path.Dir(name)))
		}
		if errors.Is(err, fs.ErrExist) || !noLinks(err) {
			return err
		}
		// A disk without hard links, such as a USB stick's.
		if _, err := root.Lstat(name); err == nil {
			return fs.ErrExist
		}
	}
	if err := root.Rename(tmp, name); err != nil {
		return err
	}
	return syncFolder(root, path.Dir(name))
}

func noLinks(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, errors.ErrUnsupported) || runtime.GOOS == "windows"
}

// syncFolder makes a new name survive a loss of power.
func syncFolder(root *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}
