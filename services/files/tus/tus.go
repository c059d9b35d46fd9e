// Package tus receives uploads that can be resumed: the tus protocol, version
// 1.0.0, with the extensions creation, creation-with-upload, termination and
// expiration (https://tus.io/protocols).
package tus

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// Prefix is the path of unfinished uploads. Names with a leading dot are not
// served, so no file has such a path.
const Prefix = "/.ammar/tus/"

const (
	version    = "1.0.0"
	extensions = "creation,creation-with-upload,termination,expiration"
	// ChunkType is the Content-Type of a part of an upload.
	ChunkType = "application/offset+octet-stream"
)

// targets checks where a file can be stored; it returns the file that would be
// replaced, or nil.
type targets interface {
	Target(r *request.Request, name string) (fs.FileInfo, error)
}

// locks checks that no lock protects a name against the request.
type locks interface {
	Confirm(r *request.Request, name string) error
}

// cache forgets the answers for a name.
type cache interface{ Forget(name string) }

// Server receives the uploads of a store. It is safe for concurrent use.
type Server struct {
	store      *store.Store
	transfers  *transfer.Registry
	targets    targets
	locks      locks
	cache      cache
	unfinished *unfinished
}

// New returns the tus server of a store.
func New(s *store.Store, transfers *transfer.Registry, t targets, l locks, c cache) *Server {
	return &Server{store: s, transfers: transfers, targets: t, locks: l, cache: c,
		unfinished: &unfinished{store: s, busy: map[string]bool{}}}
}

// Upload is an unfinished upload that a request names.
type Upload struct{ upload }

// Name is the name of the finished file, below the root.
func (u Upload) Name() string { return u.upload.Name }

// Find returns the upload of a path below Prefix.
func (s *Server) Find(requestPath string) (Upload, error) {
	up, err := s.unfinished.find(strings.TrimPrefix(requestPath, Prefix))
	return Upload{up}, err
}

// SweepUntil removes abandoned uploads every hour, until ctx ends.
func (s *Server) SweepUntil(ctx context.Context) {
	ticker := time.NewTicker(tempLife)
	defer ticker.Stop()
	for {
		s.Sweep(time.Now())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Sweep removes the uploads that had no progress for a day before now.
func (s *Server) Sweep(now time.Time) { s.unfinished.sweep(now) }

// Announce sets the headers that tell what this server supports.
func Announce(head http.Header) {
	head.Set("Tus-Resumable", version)
	head.Set("Tus-Version", version)
	head.Set("Tus-Extension", extensions)
}

func refuse(status int, format string, args ...any) error {
	return &semantics.Refusal{Status: status, Text: fmt.Sprintf(format, args...),
		Header: http.Header{"Tus-Resumable": {version}}}
}

func checkVersion(r *request.Request) error {
	if r.Header.Get("Tus-Resumable") == version {
		return nil
	}
	return &semantics.Refusal{Status: http.StatusPreconditionFailed, Text: "This server supports tus " + version + ".",
		Header: http.Header{"Tus-Resumable": {version}, "Tus-Version": {version}}}
}

// Create begins an upload into the folder of the request.
func (s *Server) Create(w http.ResponseWriter, r *request.Request) error {
	if err := checkVersion(r); err != nil {
		return err
	}
	length := r.Header.Get("Upload-Length")
	size, err := strconv.ParseInt(length, 10, 64)
	if err != nil || size < 0 {
		return refuse(http.StatusBadRequest, "Upload-Length: expected the number of bytes, got %q.", safetext.Replace(length))
	}
	up, err := s.begin(r, size)
	if err != nil {
		return err
	}
	Announce(w.Header())
	w.Header().Set("Location", Prefix+up.ID)
	w.Header().Set("Upload-Expires", time.Now().Add(UploadLife).UTC().Format(http.TimeFormat))
	if r.Header.Get("Content-Type") == ChunkType || size == 0 {
		offset, err := s.append(w, r, up, 0)
		if err != nil {
			return err
		}
		w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	}
	semantics.Empty(w, http.StatusCreated)
	return nil
}

// begin checks the name of a new upload and makes its folders.
func (s *Server) begin(r *request.Request, size int64) (upload, error) {
	below, err := fileName(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return upload{}, err
	}
	// The file may be in a subfolder, which has rules of its own.
	name := path.Join(r.Name, below)
	if err := r.AuthorizeWrite(name); err != nil {
		return upload{}, err
	}
	if err := s.locks.Confirm(r, name); err != nil {
		return upload{}, err
	}
	if folder := path.Dir(name); folder != r.Name && !s.store.IsFolder(folder) {
		if err := s.store.MkdirAll(folder, 0o777); err != nil {
			return upload{}, refuse(http.StatusConflict, "The folder %s cannot be made.", safetext.Replace(folder))
		}
	}
	existing, err := s.targets.Target(r, name)
	if err != nil {
		return upload{}, err
	}
	return s.unfinished.begin(upload{Name: name, Size: size, User: r.Identity.User, Replace: existing != nil})
}

// fileName reads the name of an upload from its metadata: relativePath, which
// the page sends for a dropped folder, or filename.
func fileName(metadata string) (string, error) {
	values := map[string]string{}
	for pair := range strings.SplitSeq(metadata, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			return "", refuse(http.StatusBadRequest, "Upload-Metadata: the value of %s is not base64.", safetext.Replace(key))
		}
		values[key] = string(value)
	}
	given := values["relativePath"]
	if given == "" || given == "null" {
		return names.Upload(values["filename"])
	}
	parts := strings.Split(given, "/")
	if len(parts) > store.MaxDepth {
		return "", refuse(http.StatusBadRequest, "The folders are too deep.")
	}
	for _, part := range parts {
		if err := names.CheckNew(part); err != nil {
			return "", err
		}
	}
	return given, nil
}

// Resume serves the requests for an unfinished upload.
func (s *Server) Resume(w http.ResponseWriter, r *request.Request, found Upload) error {
	up := found.upload
	Announce(w.Header())
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := checkVersion(r); err != nil {
		return err
	}
	if up.User != r.Identity.User {
		return refuse(http.StatusForbidden, "Another user began this upload.")
	}
	method := r.Method
	if override := r.Header.Get("X-HTTP-Method-Override"); method == http.MethodPost && override != "" {
		method = override
	}
	switch method {
	case http.MethodHead:
		return s.status(w, up)
	case http.MethodPatch:
		return s.patch(w, r, up)
	case http.MethodDelete:
		return s.terminate(w, up)
	}
	return semantics.NotAllowed("HEAD, PATCH, DELETE, OPTIONS", "Uploads support HEAD, PATCH, DELETE and OPTIONS.")
}

func (s *Server) status(w http.ResponseWriter, up upload) error {
	offset, err := s.unfinished.offset(up)
	if err != nil {
		return refuse(http.StatusNotFound, "There is no such upload.")
	}
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Upload-Offset", strconv.FormatInt(offset, 10))
	head.Set("Upload-Length", strconv.FormatInt(up.Size, 10))
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Server) patch(w http.ResponseWriter, r *request.Request, up upload) error {
	if r.Header.Get("Content-Type") != ChunkType {
		return refuse(http.StatusUnsupportedMediaType, "PATCH expects Content-Type: %s.", ChunkType)
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return refuse(http.StatusBadRequest, "Upload-Offset: expected a number of bytes.")
	}
	if offset, err = s.append(w, r, up, offset); err != nil {
		return err
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) terminate(w http.ResponseWriter, up upload) error {
	release, err := s.unfinished.reserve(up)
	if err != nil {
		return err
	}
	defer release()
	s.unfinished.remove(up)
	s.store.Space.Stale()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// append adds the body to an upload and publishes a complete file. The bytes
// before a broken connection stay, so that the client can resume. It returns
// the new offset.
func (s *Server) append(w http.ResponseWriter, r *request.Request, up upload, offset int64) (int64, error) {
	release, err := s.unfinished.reserve(up)
	if err != nil {
		return 0, err
	}
	defer release()
	f, at, err := s.unfinished.open(up)
	if err != nil {
		return 0, refuse(http.StatusNotFound, "There is no such upload.")
	}
	defer f.Close()
	switch {
	case at != offset:
		return at, refuse(http.StatusConflict, "The upload has %d bytes, not %d.", at, offset)
	case r.ContentLength > up.Size-at:
		return at, refuse(http.StatusRequestEntityTooLarge,
			"The upload was declared with %d bytes; this request would exceed it.", up.Size)
	}
	t, err := s.transfers.Begin(w, r, transfer.Upload, up.Name, up.Size)
	if err != nil {
		return at, err
	}
	defer t.End()
	t.Add(at)
	// One byte more than fits shows whether the body is too long.
	body := io.LimitReader(r.Body, up.Size-at+1)
	room := s.store.Space.Grant()
	if err := room.More(max(0, r.ContentLength)); err != nil {
		return at, err
	}
	defer room.End(true)
	n, copyErr := io.CopyBuffer(store.Writer{To: f, Grant: room}, t.Body(body), make([]byte, 128<<10))
	if at+n > up.Size {
		_ = f.Truncate(up.Size)
		return up.Size, refuse(http.StatusRequestEntityTooLarge,
			"The upload was declared with %d bytes; more arrived.", up.Size)
	}
	if err := errors.Join(copyErr, f.Sync()); err != nil {
		return at + n, err
	}
	if at+n < up.Size {
		return at + n, nil
	}
	if err := s.store.Publish(up.data(), up.Name, up.Replace); err != nil {
		return at + n, err
	}
	s.unfinished.remove(up)
	s.cache.Forget(up.Name)
	return at + n, nil
}
