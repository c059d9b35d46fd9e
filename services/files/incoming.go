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
	root    *os.Root
	space   *space
	f       *os.File
	tmp     string
	written int64
	granted int64
}

// receive begins a file of so many bytes, or of -1 when it is not known how
// many, if there is room for it.
func receive(root *os.Root, room *space, size int64) (*incoming, error) {
	in := &incoming{root: root, space: room, tmp: tempFolder + "/" + rand.Text()}
	if err := in.grant(max(size, 0)); err != nil {
		return nil, err
	}
	if err := root.MkdirAll(tempFolder, 0o755); err != nil {
		return nil, err
	}
	f, err := root.OpenFile(in.tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	in.f = f
	return in, nil
}

func (in *incoming) grant(n int64) error {
	if err := in.space.room(n); err != nil {
		return err
	}
	in.granted += n
	return nil
}

// Write implements io.Writer; it fails when there is no more room.
func (in *incoming) Write(p []byte) (int, error) {
	if in.written+int64(len(p)) > in.granted {
		if err := in.grant(max(int64(len(p)), 4<<20)); err != nil {
			return 0, err
		}
	}
	n, err := in.f.Write(p)
	in.written += int64(n)
	return n, err
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
		return err
	}
	in.space.taken(in.written)
	return nil
}

// abort leaves nothing behind.
func (in *incoming) abort() {
	_ = in.f.Close()
	_ = in.root.Remove(in.tmp)
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
