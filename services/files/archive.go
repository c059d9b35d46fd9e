package files

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

	"github.com/ammarctl/ammarctl/services/files/access"
)

// archives is how many are made at once, half of them for one client at most.
const archives = 4

// archive sends a folder as zip or tar.zst while it is read. Nothing of it is
// kept in memory or on the disk.
func (h *handler) archive(w http.ResponseWriter, r *request) error {
	title := path.Base(r.name)
	if r.name == "." {
		title = path.Base(h.root.Name())
	}
	ending, kind := ".zip", "application/zip"
	if !r.URL.Query().Has("zip") {
		ending, kind = ".tar.zst", "application/zstd"
	}
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("Content-Disposition", attachment(title+ending))
	head.Set("Cache-Control", "no-cache")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if err := present(h.root); err != nil {
		return err
	}
	place, err := h.archives.enter(r.Context(), r.client())
	if err != nil {
		return err
	}
	defer place.leave()
	if err := h.fetched.begin(r, h.fetched.key(r, r.name, ending)); err != nil {
		return err
	}
	t, err := h.transfers.begin(w, r, directionDown, r.name, -1)
	if err != nil {
		return err
	}
	defer t.end()
	place.hold(t)
	w.WriteHeader(http.StatusOK)
	p := packer{h: h, r: r, t: t}
	if ending == ".zip" {
		err = p.zip(w, title)
	} else {
		err = p.tar(w, title)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // half an archive must not look like a whole one
	}
	h.fetched.whole(r.name)
	return nil
}

// packer walks through a folder for one request.
type packer struct {
	h *handler
	r *request
	t *transfer
}

func (p packer) zip(w io.Writer, title string) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	err := p.walk(p.r.name, 0, func(name string, info fs.FileInfo, f io.Reader) error {
		head := &zip.FileHeader{Name: inArchive(title, p.r.name, name), Modified: info.ModTime(), Method: zip.Store}
		head.SetMode(info.Mode().Perm())
		if info.IsDir() {
			head.Name += "/"
			head.SetMode(info.Mode().Perm() | fs.ModeDir)
		} else if isText(typeByEnding(ending(name))) {
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

func (p packer) tar(w io.Writer, title string) error {
	enc, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return err
	}
	defer enc.Close()
	t := tar.NewWriter(enc)
	err = p.walk(p.r.name, 0, func(name string, info fs.FileInfo, f io.Reader) error {
		head := &tar.Header{Name: inArchive(title, p.r.name, name), ModTime: info.ModTime(), Mode: int64(info.Mode().Perm()), Typeflag: tar.TypeReg, Size: info.Size()}
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

// copy sends exactly the size that was announced.
func (p packer) copy(to io.Writer, f io.Reader, size int64) error {
	return p.h.send(struct{ io.Writer }{to}, f, size, p.r.client(), p.t)
}

// inArchive is the name of an entry: below one folder, with nothing in it that
// could lead out of where it is unpacked.
func inArchive(title, folder, name string) string {
	rest := name
	if folder != "." {
		rest = strings.TrimPrefix(strings.TrimPrefix(name, folder), "/")
	}
	return strings.ReplaceAll(visible(path.Join(title, rest)), `\`, "_")
}

// walk calls found for each folder and file that may be read. Links to files
// inside are followed; links to folders are not, since they could go round.
func (p packer) walk(name string, depth int, found func(name string, info fs.FileInfo, f io.Reader) error) error {
	f, info, err := p.h.open(name)
	if err != nil {
		return nil // it is gone, or not for us
	}
	if !info.IsDir() {
		defer f.Close()
		if !p.h.may(p.r, access.Read, name) {
			return nil
		}
		return found(name, info, f)
	}
	names, err := f.Readdirnames(-1)
	f.Close() // not held while what is below is sent
	if err != nil || depth > maxDepth {
		return err
	}
	if name != p.r.name {
		if err := found(name, info, nil); err != nil {
			return err
		}
	}
	slices.Sort(names)
	for _, base := range names {
		child := path.Join(name, base)
		if !served(base) || !p.h.policy.Allows(p.r.id, access.Need{Right: access.Read, Name: child, Some: true}) {
			continue
		}
		if link, err := p.h.root.Lstat(child); err != nil || link.Mode()&fs.ModeSymlink != 0 && isFolder(p.h.root, child) {
			continue
		}
		if err := p.walk(child, depth+1, found); err != nil {
			return err
		}
	}
	return nil
}
