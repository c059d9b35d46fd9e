package webdav

import (
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// CopyOrMove is RFC 4918 sections 9.8 and 9.9.
func (s *Server) CopyOrMove(w http.ResponseWriter, r *request.Request) error {
	move := r.Method == "MOVE"
	if err := checkCopy(r, move); err != nil {
		return err
	}
	source, err := s.store.StatPlain(r.Name)
	if err != nil {
		return err
	}
	if r.Slash && !source.IsDir() {
		return semantics.NotFound(r.URL.Path)
	}
	if err := s.checkNew(r.Dest); err != nil {
		return err
	}
	replaces, err := s.checkReplace(r)
	if err != nil {
		return err
	}
	changed := []string{r.Dest}
	if move {
		changed = append(changed, r.Name)
	}
	if err := s.locks.confirmTree(r, changed...); err != nil {
		return err
	}
	if replaces && (source.IsDir() || s.store.IsFolder(r.Dest)) {
		// A rename cannot replace a folder, or a file by a folder.
		if err := s.store.RemoveAll(r.Dest); err != nil {
			return err
		}
	}
	if move {
		err = s.move(r.Name, r.Dest)
	} else {
		err = s.copyTree(r, r.Name, r.Dest, source, 0)
		if err == nil {
			s.cache.Forget(r.Dest)
			s.props.copied(r.Name, r.Dest)
		}
	}
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if replaces {
		status = http.StatusNoContent
	}
	semantics.Empty(w, status)
	return nil
}

// checkCopy refuses requests that cannot work whatever the files are.
func checkCopy(r *request.Request, move bool) error {
	depth := r.Header.Get("Depth")
	switch {
	case r.Name == ".":
		return semantics.Refuse(http.StatusForbidden, "The shared folder itself cannot be copied or moved.")
	case r.Dest == r.Name:
		return semantics.Refuse(http.StatusForbidden, "Both names are the same.")
	case strings.HasPrefix(r.Dest, r.Name+"/"):
		return semantics.Refuse(http.StatusConflict, "A folder cannot be put into itself.")
	case strings.HasPrefix(r.Name, r.Dest+"/"):
		return semantics.Refuse(http.StatusConflict, "A folder cannot be replaced by its own content.")
	case depth != "" && depth != "infinity" && (move || depth != "0"):
		return semantics.Refuse(http.StatusBadRequest, "COPY expects a Depth of 0 or infinity; MOVE expects infinity.")
	}
	return nil
}

// checkReplace reports whether the destination exists, and refuses if it must
// stay.
func (s *Server) checkReplace(r *request.Request) (bool, error) {
	if _, err := s.store.Lstat(r.Dest); err != nil {
		return false, nil
	}
	if r.Header.Get("Overwrite") == "F" {
		return true, semantics.Refuse(http.StatusPreconditionFailed, safetext.Replace(r.Dest)+" exists already.")
	}
	if !r.AllowedTree(access.Delete, r.Dest) {
		return true, r.CannotReplace(r.Dest)
	}
	return true, nil
}

func (s *Server) move(from, to string) error {
	if err := s.store.Rename(from, to); err != nil {
		return err
	}
	s.cache.Forget(to)
	s.props.moved(from, to)
	s.gone(from)
	return nil
}

// copyTree copies a file, or a folder with the files in it that are served.
// With Depth 0 a folder is copied without its content.
func (s *Server) copyTree(r *request.Request, from, to string, info fs.FileInfo, level int) error {
	if err := r.Context().Err(); err != nil {
		return err
	}
	if !info.IsDir() {
		return s.copyFile(from, to)
	}
	if level > store.MaxDepth {
		return semantics.Refuse(http.StatusForbidden, "The folders are too deep to be copied.")
	}
	if err := s.store.Mkdir(to, 0o777); err != nil {
		return err
	}
	if r.Header.Get("Depth") == "0" {
		return nil
	}
	f, err := s.store.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, base := range list {
		child := path.Join(from, base)
		link, err := s.store.Lstat(child)
		if names.Hidden(base) || err != nil || link.Mode()&fs.ModeSymlink != 0 && s.store.IsFolder(child) {
			continue // a link to a folder can lead in a circle
		}
		info, err := s.store.StatPlain(child)
		if err != nil {
			continue
		}
		if err := s.copyTree(r, child, path.Join(to, base), info, level+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) copyFile(from, to string) error {
	f, info, err := s.store.OpenPlain(from)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := s.store.Receive(info.Size())
	if err != nil {
		return err
	}
	if _, err := io.Copy(in, f); err != nil {
		in.Abort()
		return err
	}
	return in.Commit(to, true)
}
