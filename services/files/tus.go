package files

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// The tus protocol, version 1.0.0, with the extensions creation,
// creation-with-upload, termination and expiration (https://tus.io/protocols).
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,creation-with-upload,termination,expiration"
	tusChunk      = "application/offset+octet-stream"
)

func tusHead(head http.Header) {
	head.Set("Tus-Resumable", tusVersion)
	head.Set("Tus-Version", tusVersion)
	head.Set("Tus-Extension", tusExtensions)
}

func tusError(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...), header: http.Header{"Tus-Resumable": {tusVersion}}}
}

func tusSpoken(r *request) error {
	if r.Header.Get("Tus-Resumable") == tusVersion {
		return nil
	}
	err := tusError(http.StatusPreconditionFailed, "This speaks tus %s.", tusVersion).(*refusal)
	err.header.Set("Tus-Version", tusVersion)
	return err
}

// create begins an upload into the folder of the request.
func (h *handler) create(w http.ResponseWriter, r *request) error {
	if err := tusSpoken(r); err != nil {
		return err
	}
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil || size < 0 {
		return tusError(http.StatusBadRequest, "Upload-Length: expected the number of bytes, got %q.", visible(r.Header.Get("Upload-Length")))
	}
	below, err := tusName(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return err
	}
	name := path.Join(r.name, below)
	folder := path.Dir(name)
	// It may lie deeper than the folder that was asked for, where other rules are.
	if need := (access.Need{Right: access.Write, Name: name}); !h.policy.Allows(r.id, need) {
		return h.forbidden(r, []access.Need{need})
	}
	if err := h.locks.confirm(h, r, name); err != nil {
		return err
	}
	if folder != r.name {
		if err := h.folders(r, folder); err != nil {
			return err
		}
	}
	there, err := h.target(r, name)
	if err != nil {
		return err
	}
	up, err := h.uploads.begin(upload{Name: name, Size: size, User: r.id.User, Replace: there != nil})
	if err != nil {
		return err
	}
	tusHead(w.Header())
	w.Header().Set("Location", tusPrefix+up.ID)
	w.Header().Set("Upload-Expires", time.Now().Add(uploadLife).UTC().Format(http.TimeFormat))
	if r.Header.Get("Content-Type") == tusChunk || size == 0 {
		offset, err := h.chunk(w, r, up, 0)
		if err != nil {
			return err
		}
		w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusCreated)
	return nil
}

// folders makes the folders that a dropped folder brings along.
func (h *handler) folders(r *request, name string) error {
	if isFolder(h.root, name) {
		return nil
	}
	if err := h.root.MkdirAll(name, 0o777); err != nil {
		return tusError(http.StatusConflict, "The folder %s cannot be made.", visible(name))
	}
	return nil
}

// tusName is the name that an upload's metadata gives: relativePath, as the
// page sends it for a folder that was dropped, or filename.
func tusName(metadata string) (string, error) {
	values := map[string]string{}
	for pair := range strings.SplitSeq(metadata, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			return "", tusError(http.StatusBadRequest, "Upload-Metadata: the value of %s is not base64.", visible(key))
		}
		values[key] = string(value)
	}
	if given := values["relativePath"]; given != "" && given != "null" {
		parts := strings.Split(given, "/")
		if len(parts) > maxDepth {
			return "", tusError(http.StatusBadRequest, "The folders are too deep.")
		}
		for _, part := range parts {
			if err := newName(part); err != nil {
				return "", err
			}
		}
		return given, nil
	}
	return uploadName(values["filename"])
}

// resume is what can be done with an upload that was begun.
func (h *handler) resume(w http.ResponseWriter, r *request, up upload) error {
	tusHead(w.Header())
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := tusSpoken(r); err != nil {
		return err
	}
	if up.User != r.id.User {
		return tusError(http.StatusForbidden, "This upload was begun by somebody else.")
	}
	method := r.Method
	if method == http.MethodPost && r.Header.Get("X-HTTP-Method-Override") != "" {
		method = r.Header.Get("X-HTTP-Method-Override")
	}
	switch method {
	case http.MethodHead:
		offset, err := h.uploads.offset(up)
		if err != nil {
			return tusError(http.StatusNotFound, "There is no such upload.")
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
		w.Header().Set("Upload-Length", strconv.FormatInt(up.Size, 10))
		w.WriteHeader(http.StatusOK)
		return nil
	case http.MethodPatch:
		if r.Header.Get("Content-Type") != tusChunk {
			return tusError(http.StatusUnsupportedMediaType, "PATCH expects Content-Type: %s.", tusChunk)
		}
		offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
		if err != nil || offset < 0 {
			return tusError(http.StatusBadRequest, "Upload-Offset: expected a number of bytes.")
		}
		if offset, err = h.chunk(w, r, up, offset); err != nil {
			return err
		}
		w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
		w.WriteHeader(http.StatusNoContent)
		return nil
	case http.MethodDelete:
		release, err := h.uploads.take(up)
		if err != nil {
			return err
		}
		defer release()
		h.uploads.drop(up)
		h.space.stale()
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return &refusal{status: http.StatusMethodNotAllowed, text: "An upload knows HEAD, PATCH, DELETE and OPTIONS.", header: http.Header{"Allow": {"HEAD, PATCH, DELETE, OPTIONS"}}}
}

// chunk adds the body to an upload and, when it is whole, makes it visible.
// What came before a connection broke stays, to be resumed.
func (h *handler) chunk(w http.ResponseWriter, r *request, up upload, offset int64) (int64, error) {
	release, err := h.uploads.take(up)
	if err != nil {
		return 0, err
	}
	defer release()
	f, at, err := h.uploads.open(up)
	if err != nil {
		return 0, tusError(http.StatusNotFound, "There is no such upload.")
	}
	defer f.Close()
	switch {
	case at != offset:
		return at, tusError(http.StatusConflict, "The upload has %d bytes, not %d.", at, offset)
	case r.ContentLength > up.Size-at:
		return at, tusError(http.StatusRequestEntityTooLarge, "The upload was to have %d bytes; these would be more.", up.Size)
	}
	t, err := h.transfers.begin(w, r, directionUp, up.Name, up.Size)
	if err != nil {
		return at, err
	}
	defer t.end()
	t.add(at)
	// One byte more than fits tells whether there is too much.
	body := io.LimitReader(r.Body, up.Size-at+1)
	room := &grant{space: h.space}
	if err := room.more(max(0, r.ContentLength)); err != nil {
		return at, err
	}
	defer room.end(true)
	n, copyErr := io.CopyBuffer(writer{f, room}, h.paced(w, r, body, t), make([]byte, 128<<10))
	if at+n > up.Size {
		_ = f.Truncate(up.Size)
		return up.Size, tusError(http.StatusRequestEntityTooLarge, "The upload was to have %d bytes; there were more.", up.Size)
	}
	if err := errors.Join(copyErr, f.Sync()); err != nil {
		return at + n, err
	}
	if at+n < up.Size {
		return at + n, nil
	}
	if err := publish(h.root, up.data(), up.Name, up.Replace); err != nil {
		return at + n, err
	}
	h.uploads.drop(up)
	h.drop(up.Name)
	return at + n, nil
}

// upload is one that was begun and is not whole yet.
type upload struct {
	ID      string `json:"-"`
	Name    string `json:"name"` // where it will be
	Size    int64  `json:"size"`
	User    string `json:"user"`
	Replace bool   `json:"replace"` // there was a file, and it may be replaced
}

func (u upload) data() string { return uploadFolder + "/" + u.ID + ".part" }
func (u upload) info() string { return uploadFolder + "/" + u.ID + ".json" }

func (u upload) marshal() []byte {
	data, _ := json.Marshal(u) // texts and numbers
	return data
}
