// Package upload stores the files that PUT and forms bring.
package upload

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// locks checks the If header, and that no lock protects a name against the
// request.
type locks interface {
	Confirm(r *request.Request, name string) error
}

// cache forgets the answers for a name.
type cache interface{ Forget(name string) }

// Uploads stores files. It is safe for concurrent use.
type Uploads struct {
	store     *store.Store
	transfers *transfer.Registry
	locks     locks
	cache     cache
}

// New returns the uploads of a store.
func New(s *store.Store, transfers *transfer.Registry, l locks, c cache) *Uploads {
	return &Uploads{store: s, transfers: transfers, locks: l, cache: c}
}

// Put stores the body as the file (RFC 9110 section 9.3.4).
func (u *Uploads) Put(w http.ResponseWriter, r *request.Request) error {
	switch {
	case r.Slash || r.Name == ".":
		return semantics.NotAllowed("GET, HEAD, OPTIONS, PROPFIND, POST", "MKCOL makes a folder; PUT stores a file.")
	case r.Header.Get("Content-Range") != "":
		return semantics.Refuse(http.StatusBadRequest, "PUT stores whole files; to resume an upload use tus.")
	case r.Header.Get("Content-Encoding") != "":
		return semantics.Refuse(http.StatusUnsupportedMediaType, "Send the file as it is, without a Content-Encoding.")
	}
	if err := u.locks.Confirm(r, r.Name); err != nil {
		return err
	}
	existing, err := u.Target(r, r.Name)
	if err != nil {
		return err
	}
	t, err := u.transfers.Begin(w, r, transfer.Upload, r.Name, r.ContentLength)
	if err != nil {
		return err
	}
	defer t.End()
	in, err := u.store.Receive(r.ContentLength)
	if err != nil {
		return err
	}
	if err := receiveBody(in, t.Body(r.Body), r); err != nil {
		in.Abort()
		return err
	}
	if err := u.commit(in, r.Name, existing != nil); err != nil {
		return err
	}
	// With the tag, the client can continue with the file that it stored.
	if info, err := u.store.Stat(r.Name); err == nil {
		w.Header().Set("ETag", store.ETag(info))
	}
	status := http.StatusCreated
	if existing != nil {
		status = http.StatusNoContent
	}
	semantics.Empty(w, status)
	return nil
}

// CreateEmpty stores an empty file at the name of the request, which must be
// free.
func (u *Uploads) CreateEmpty(r *request.Request) error {
	if _, err := u.Target(r, r.Name); err != nil {
		return err
	}
	in, err := u.store.Receive(0)
	if err != nil {
		return err
	}
	return in.Commit(r.Name, false)
}

func (u *Uploads) commit(in *store.Incoming, name string, replace bool) error {
	if err := in.Commit(name, replace); err != nil {
		return err
	}
	u.cache.Forget(name)
	return nil
}

// Target checks that a file can be stored at name. It returns the file that
// would be replaced, or nil.
func (u *Uploads) Target(r *request.Request, name string) (fs.FileInfo, error) {
	if err := names.CheckNewPath(name); err != nil {
		return nil, err
	}
	if !u.store.IsFolder(path.Dir(name)) {
		return nil, semantics.NoParent(name)
	}
	existing, err := u.store.Stat(name)
	if err != nil {
		if _, err := u.store.Lstat(name); err == nil {
			return nil, semantics.Refuse(http.StatusConflict, safetext.Replace(name)+" is a link that leads nowhere here.")
		}
		if r.Header.Get("If-Match") != "" {
			return nil, unexpected()
		}
		return nil, nil
	}
	if existing.IsDir() {
		return nil, semantics.NotAllowed(r.Methods(), safetext.Replace(name)+" is a folder.")
	}
	if err := store.CheckPlain(existing); err != nil {
		return nil, err
	}
	if semantics.Check(r.Request, store.ETag(existing), existing.ModTime()) != semantics.Proceed {
		return nil, unexpected()
	}
	if !r.Allowed(access.Delete, name) {
		return nil, r.CannotReplace(name)
	}
	return existing, nil
}

func unexpected() error {
	return semantics.Refuse(http.StatusPreconditionFailed, "The file is not the one that was expected.")
}

// receiveBody copies the body of a request into a new file. It fails if the
// body is shorter than its declared length.
func receiveBody(to io.Writer, body io.Reader, r *request.Request) error {
	n, err := copyTo(to, body)
	if isStoreError(err) {
		return err
	}
	short := r.ContentLength >= 0 && n < r.ContentLength
	if short || err != nil && r.Context().Err() != nil || errors.Is(err, io.ErrUnexpectedEOF) {
		return &semantics.Refusal{Status: http.StatusBadRequest,
			Text:   fmt.Sprintf("The upload ended after %d bytes; nothing was stored.", n),
			Header: http.Header{"Connection": {"close"}}}
	}
	return err
}

func copyTo(to io.Writer, from io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{to}, from, make([]byte, 128<<10))
}

// isStoreError reports whether the disk is the cause, not the client.
func isStoreError(err error) bool {
	var noRoom *store.NoRoomError
	var unstored *store.UnstoredError
	return errors.As(err, &noRoom) || errors.As(err, &unstored)
}
