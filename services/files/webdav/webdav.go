// Package webdav serves WebDAV (RFC 4918), class 1 and 2: properties, locks,
// folders, copies and moves.
package webdav

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// creator stores an empty file at the name of the request.
type creator interface {
	CreateEmpty(r *request.Request) error
}

// links revokes the links to a name that was deleted, and to names below it.
type links interface{ Gone(name string) }

// cache forgets the answers for a name.
type cache interface{ Forget(name string) }

// Server serves the WebDAV methods of a store. It is safe for concurrent use.
type Server struct {
	store *store.Store
	locks *Locks
	props *props
	files creator
	links links
	cache cache
}

// New returns the WebDAV methods of a store.
func New(s *store.Store, locks *Locks, files creator, l links, c cache) *Server {
	return &Server{store: s, locks: locks, props: &props{store: s}, files: files, links: l, cache: c}
}

// Mkcol makes a folder (section 9.3).
func (s *Server) Mkcol(w http.ResponseWriter, r *request.Request) error {
	if r.ContentLength != 0 {
		return semantics.Refuse(http.StatusUnsupportedMediaType, "MKCOL has no body.")
	}
	if _, err := s.store.Lstat(r.Name); err == nil {
		return semantics.NotAllowed(r.Methods(), safetext.Replace(r.Name)+" exists already.")
	}
	if err := s.checkNew(r.Name); err != nil {
		return err
	}
	if err := s.locks.Confirm(r, r.Name); err != nil {
		return err
	}
	if err := s.store.Mkdir(r.Name, 0o777); err != nil {
		return err
	}
	s.cache.Forget(r.Name)
	semantics.Empty(w, http.StatusCreated)
	return nil
}

// checkNew checks a name for a new file or folder.
func (s *Server) checkNew(name string) error {
	if err := names.CheckNewPath(name); err != nil {
		return err
	}
	if !s.store.IsFolder(path.Dir(name)) {
		return semantics.NoParent(name)
	}
	return nil
}

// Delete removes a file, a link, or a folder with its content (section 9.6).
func (s *Server) Delete(w http.ResponseWriter, r *request.Request) error {
	if r.Name == "." {
		return semantics.Refuse(http.StatusForbidden, "The shared folder itself cannot be deleted.")
	}
	if u, err := url.ParseRequestURI(r.RequestURI); err != nil || u.Fragment != "" || strings.Contains(r.RequestURI, "#") {
		return semantics.Refuse(http.StatusBadRequest, "A request has no fragment; write # as %23.")
	}
	info, err := s.store.Lstat(r.Name)
	if err != nil {
		return err
	}
	if r.Slash && !info.IsDir() {
		return semantics.NotFound(r.URL.Path)
	}
	if semantics.Check(r.Request, store.ETag(info), info.ModTime()) == semantics.PreconditionFailed {
		return semantics.Refuse(http.StatusPreconditionFailed, "It is not the file that was expected.")
	}
	if err := s.locks.confirmTree(r, r.Name); err != nil {
		return err
	}
	if err := s.store.RemoveAll(r.Name); err != nil {
		return err
	}
	s.gone(r.Name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// gone forgets everything about a name that was deleted or moved away.
func (s *Server) gone(name string) {
	s.cache.Forget(name)
	s.locks.gone(name)
	s.props.gone(name)
	s.links.Gone(name)
	s.store.Space.Stale()
}
