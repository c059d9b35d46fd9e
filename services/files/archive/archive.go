// Package archive sends folders as zip or tar.zst while they are read. Nothing
// is buffered in memory or on the disk.
package archive

import (
	"archive/tar"
	"archive/zip"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/mediatype"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// MaxRunning is how many archives are made at once. One client gets at most
// half of them.
const MaxRunning = 4

// counter counts downloads.
type counter interface {
	// BeginFolder counts the download of a folder in one format.
	BeginFolder(r *request.Request, name, format string) error
	// Folder records that a client has the whole folder.
	Folder(name string)
}

// Archives makes archives of folders. It is safe for concurrent use.
type Archives struct {
	store     *store.Store
	transfers *transfer.Registry
	counter   counter
	slots     *transfer.Slots
}

// New returns the archives of a store.
func New(s *store.Store, transfers *transfer.Registry, limits *transfer.Limits, c counter) *Archives {
	return &Archives{store: s, transfers: transfers, counter: c,
		slots: transfer.NewSlots(MaxRunning, MaxRunning/2, limits)}
}

// Serve answers with the folder of the request: ?zip, else tar.zst.
func (a *Archives) Serve(w http.ResponseWriter, r *request.Request) error {
	title := path.Base(r.Name)
	if r.Name == "." {
		title = path.Base(a.store.Name())
	}
	ending, kind := ".zip", "application/zip"
	if !r.URL.Query().Has("zip") {
		ending, kind = ".tar.zst", "application/zstd"
	}
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("Content-Disposition", semantics.Attachment(title+ending))
	head.Set("Cache-Control", "no-cache")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if err := a.store.Present(); err != nil {
		return err
	}
	slot, err := a.slots.Enter(r.Context(), r.Client())
	if err != nil {
		return err
	}
	defer slot.Leave()
	if err := a.counter.BeginFolder(r, r.Name, ending); err != nil {
		return err
	}
	t, err := a.transfers.Begin(w, r, transfer.Download, r.Name, -1)
	if err != nil {
		return err
	}
	defer t.End()
	slot.Hold(t)
	w.WriteHeader(http.StatusOK)
	p := packer{store: a.store, r: r, t: t, title: title}
	if ending == ".zip" {
		err = p.zip(w)
	} else {
		err = p.tar(w)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // only this tells the client that the archive is incomplete
	}
	a.counter.Folder(r.Name)
	return nil
}

// packer walks through a folder for one request.
type packer struct {
	store *store.Store
	r     *request.Request
	t     *transfer.Transfer
	title string // the folder in the archive
}

// addFunc adds a file, or a folder if f is nil.
type addFunc func(name string, info fs.FileInfo, f io.Reader) error

func (p packer) zip(w io.Writer) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	err := p.walk(p.r.Name, 0, func(name string, info fs.FileInfo, f io.Reader) error {
		head := &zip.FileHeader{Name: p.entryName(name), Modified: info.ModTime(), Method: zip.Store}
		head.SetMode(info.Mode().Perm())
		if info.IsDir() {
			head.Name += "/"
			head.SetMode(info.Mode().Perm() | fs.ModeDir)
		} else if mediatype.IsText(mediatype.OfName(name)) {
			head.Method = zip.Deflate
		}
		to, err := z.CreateHeader(head)
		if err != nil || f == nil {
			return err
		}
		return p.copy(to, f, info.Size())
	})
	if err != nil {
		return err
	}
	return z.Close()
}

func (p packer) tar(w io.Writer) error {
	enc, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return err
	}
	defer enc.Close()
	t := tar.NewWriter(enc)
	err = p.walk(p.r.Name, 0, func(name string, info fs.FileInfo, f io.Reader) error {
		head := &tar.Header{Name: p.entryName(name), ModTime: info.ModTime(), Mode: int64(info.Mode().Perm()),
			Typeflag: tar.TypeReg, Size: info.Size()}
		if info.IsDir() {
			head.Name, head.Typeflag, head.Size = head.Name+"/", tar.TypeDir, 0
		}
		if err := t.WriteHeader(head); err != nil || f == nil {
			return err
		}
		return p.copy(t, f, info.Size())
	})
	if err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return err
	}
	return enc.Close()
}

// copy sends exactly the size in the entry's header.
func (p packer) copy(to io.Writer, f io.Reader, size int64) error {
	return p.t.Send(struct{ io.Writer }{to}, f, size)
}

// entryName is the name in the archive: below one folder, and never outside of
// the folder into which the archive is unpacked.
func (p packer) entryName(name string) string {
	rest := name
	if p.r.Name != "." {
		rest = strings.TrimPrefix(strings.TrimPrefix(name, p.r.Name), "/")
	}
	return strings.ReplaceAll(safetext.Replace(path.Join(p.title, rest)), `\`, "_")
}

// walk adds each folder and file that the client may read. It follows links to
// files inside the root, but not to folders, which could lead in a circle.
func (p packer) walk(name string, depth int, add addFunc) error {
	f, info, err := p.store.OpenPlain(name)
	if err != nil {
		return nil // just deleted, or unreadable
	}
	if !info.IsDir() {
		defer f.Close()
		if !p.r.Allowed(access.Read, name) {
			return nil
		}
		return add(name, info, f)
	}
	list, err := f.Readdirnames(-1)
	f.Close() // not held while its files are sent
	if err != nil || depth > store.MaxDepth {
		return err
	}
	if name != p.r.Name {
		if err := add(name, info, nil); err != nil {
			return err
		}
	}
	slices.Sort(list)
	for _, base := range list {
		child := path.Join(name, base)
		if !names.Served(base) || !p.r.AllowedBelow(access.Read, child) {
			continue
		}
		link, err := p.store.Lstat(child)
		if err != nil || link.Mode()&fs.ModeSymlink != 0 && p.store.IsFolder(child) {
			continue
		}
		if err := p.walk(child, depth+1, add); err != nil {
			return err
		}
	}
	return nil
}
