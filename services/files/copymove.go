package files

import (
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// maxDepth is how deep folders are followed.
const maxDepth = 200

// copyOrMove is RFC 4918 sections 9.8 and 9.9.
func (h *handler) copyOrMove(w http.ResponseWriter, r *request) error {
	depth := r.Header.Get("Depth")
	move := r.Method == "MOVE"
	switch {
	case r.name == ".":
		return &refusal{status: http.StatusForbidden, text: "The shared folder itself stays where it is."}
	case r.dest == r.name:
		return &refusal{status: http.StatusForbidden, text: "Both names are the same."}
	case strings.HasPrefix(r.dest, r.name+"/"):
		return &refusal{status: http.StatusConflict, text: "A folder cannot be put into itself."}
	case strings.HasPrefix(r.name, r.dest+"/"):
		return &refusal{status: http.StatusConflict, text: "A folder cannot be replaced by what is in it."}
	case depth != "" && depth != "infinity" && (move || depth != "0"):
		return &refusal{status: http.StatusBadRequest, text: "This Depth makes no sense here."}
	}
	src, err := h.root.Stat(r.name)
	if err != nil {
		return err
	}
	if err := plain(src); err != nil {
		return err
	}
	if r.slash && !src.IsDir() {
		return notFound(r.URL.Path)
	}
	if err := newPath(r.dest); err != nil {
		return err
	}
	if !isFolder(h.root, path.Dir(r.dest)) {
		return &refusal{status: http.StatusConflict, text: "There is no folder for " + visible(r.dest) + "; make it first."}
	}
	there, err := h.replaceable(r)
	if err != nil {
		return err
	}
	if move {
		err = h.locks.confirmTree(h, r, r.name, r.dest)
	} else {
		err = h.locks.confirmTree(h, r, r.dest)
	}
	if err != nil {
		return err
	}
	if there && (src.IsDir() || isFolder(h.root, r.dest)) {
		// A folder takes the place of whatever was there, and the other way round.
		if err := h.root.RemoveAll(r.dest); err != nil {
			return err
		}
	}
	if move {
		err = h.root.Rename(r.name, r.dest)
	} else {
		err = h.copy(r, r.name, r.dest, src, depth == "0", 0)
	}
	if err != nil {
		return err
	}
	h.drop(r.dest)
	if move {
		h.props.moved(r.name, r.dest)
		h.forget(r.name)
	} else {
		h.props.copied(r.name, r.dest)
	}
	w.Header().Set("Content-Length", "0")
	if there {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// replaceable tells whether there is something at the destination, and fails
// when it has to stay.
func (h *handler) replaceable(r *request) (bool, error) {
	if _, err := h.root.Lstat(r.dest); err != nil {
		return false, nil
	}
	if r.Header.Get("Overwrite") == "F" {
		return true, &refusal{status: http.StatusPreconditionFailed, text: "There is something at " + visible(r.dest) + " already."}
	}
	if !h.policy.Allows(r.id, access.Need{Right: access.Delete, Name: r.dest, Tree: true}) {
		return true, h.exists(r, r.dest)
	}
	return true, nil
}

// copy makes a copy of a file, or of a folder and what of it can be served.
func (h *handler) copy(r *request, from, to string, info fs.FileInfo, shallow bool, depth int) error {
	if err := r.Context().Err(); err != nil {
		return err
	}
	if !info.IsDir() {
		return h.copyFile(from, to)
	}
	if depth > maxDepth {
		return &refusal{status: http.StatusForbidden, text: "The folders are too deep to be copied."}
	}
	if err := h.root.Mkdir(to, 0o777); err != nil {
		return err
	}
	if shallow {
		return nil
	}
	f, err := h.root.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		child := path.Join(from, name)
		link, err := h.root.Lstat(child)
		if hidden(name) || err != nil || link.Mode()&fs.ModeSymlink != 0 && isFolder(h.root, child) {
			continue // a link to a folder could make a circle
		}
		info, err := h.root.Stat(child)
		if err != nil || plain(info) != nil {
			continue
		}
		if err := h.copy(r, child, path.Join(to, name), info, false, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (h *handler) copyFile(from, to string) error {
	f, info, err := h.open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := receive(h.root, h.space, info.Size())
	if err != nil {
		return err
	}
	if _, err := io.Copy(in, f); err != nil {
		in.abort()
		return err
	}
	return in.commit(to, true)
}
