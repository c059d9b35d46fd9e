package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// maxFormFiles is how many files one form may bring.
const maxFormFiles = 1000

// put stores the body as the file (RFC 9110 section 9.3.4).
func (h *handler) put(w http.ResponseWriter, r *request) error {
	switch {
	case r.slash || r.name == ".":
		return &refusal{status: http.StatusMethodNotAllowed, text: "A folder is made with MKCOL; PUT stores a file.", header: http.Header{"Allow": {"GET, HEAD, OPTIONS, PROPFIND, POST"}}}
	case r.Header.Get("Content-Range") != "":
		return &refusal{status: http.StatusBadRequest, text: "PUT stores whole files; to resume an upload use tus."}
	case r.Header.Get("Content-Encoding") != "":
		return &refusal{status: http.StatusUnsupportedMediaType, text: "Send the file as it is, without a Content-Encoding."}
	}
	if err := h.locks.confirm(h, r, r.name); err != nil {
		return err
	}
	there, err := h.target(r, r.name)
	if err != nil {
		return err
	}
	t, err := h.transfers.begin(w, r, directionUp, r.name, r.ContentLength)
	if err != nil {
		return err
	}
	defer t.end()
	in, err := receive(h.root, h.space, r.ContentLength)
	if err != nil {
		return err
	}
	if err := h.fill(w, r, in, r.Body, r.ContentLength, t); err != nil {
		in.abort()
		return err
	}
	if err := in.commit(r.name, there != nil); err != nil {
		return err
	}
	h.drop(r.name)
	h.tagOf(w, r.name)
	w.Header().Set("Content-Length", "0")
	if there != nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// target looks at where a file is to be stored: nil when there is nothing, an
// error when it may not be stored there.
func (h *handler) target(r *request, name string) (fs.FileInfo, error) {
	if err := newPath(name); err != nil {
		return nil, err
	}
	if !isFolder(h.root, path.Dir(name)) {
		return nil, &refusal{status: http.StatusConflict, text: "There is no folder for " + visible(name) + "; make it first."}
	}
	there, err := h.root.Stat(name)
	if err != nil {
		if _, err := h.root.Lstat(name); err == nil {
			return nil, &refusal{status: http.StatusConflict, text: visible(name) + " is a link that leads nowhere here."}
		}
		there = nil
	}
	if there != nil {
		if there.IsDir() {
			return nil, &refusal{status: http.StatusMethodNotAllowed, text: visible(name) + " is a folder.", header: http.Header{"Allow": {h.methods()}}}
		}
		if err := plain(there); err != nil {
			return nil, err
		}
	}
	if there != nil && check(r.Request, etag(there), there.ModTime()) != proceed || there == nil && r.Header.Get("If-Match") != "" {
		return nil, &refusal{status: http.StatusPreconditionFailed, text: "The file is not the one that was expected."}
	}
	if there != nil && !h.may(r, access.Delete, name) {
		return nil, h.exists(r, name)
	}
	return there, nil
}

func (h *handler) exists(r *request, name string) error {
	if r.id.User == access.Anyone && h.policy.HasUsers() {
		return h.challenge("To replace a file, a user with that right is needed.")
	}
	return &refusal{status: http.StatusConflict, text: "There is a file " + visible(path.Base(name)) + " already, and you may not replace it."}
}

// fill copies a body into a new file, and fails when it is not as long as it
// was said to be.
func (h *handler) fill(w http.ResponseWriter, r *request, to io.Writer, body io.Reader, size int64, t *transfer) error {
	n, err := io.CopyBuffer(struct{ io.Writer }{to}, h.paced(w, r, body, t), make([]byte, 128<<10))
	var refused *refusal
	var unstored *unstoredError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &unstored):
		return err
	case size >= 0 && n < size, err != nil && r.Context().Err() != nil, errors.Is(err, io.ErrUnexpectedEOF):
		return &refusal{status: http.StatusBadRequest, text: fmt.Sprintf("The upload ended after %d bytes; nothing was kept.", n), header: http.Header{"Connection": {"close"}}}
	}
	return err
}

// tagOf lets a client go on with what it stored.
func (h *handler) tagOf(w http.ResponseWriter, name string) {
	if info, err := h.root.Stat(name); err == nil {
		w.Header().Set("ETag", etag(info))
	}
}

// post is a form with files for a folder, or the beginning of a tus upload.
func (h *handler) post(w http.ResponseWriter, r *request) error {
	if !isFolder(h.root, r.name) {
		return notFound(r.URL.Path)
	}
	if r.URL.Query().Has("tus") {
		return h.create(w, r)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return &refusal{status: http.StatusUnsupportedMediaType, text: "POST to a folder expects multipart/form-data with files."}
	}
	t, err := h.transfers.begin(w, r, directionUp, r.name, r.ContentLength)
	if err != nil {
		return err
	}
	defer t.end()
	form := multipart.NewReader(h.paced(w, r, r.Body, t), params["boundary"])
	stored, err := h.form(r, form)
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		return &refusal{status: http.StatusBadRequest, text: "The form has no file in it."}
	}
	// A browser without scripts sees the folder again, with what it brought.
	w.Header().Set("Location", "./")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusSeeOther)
	for _, name := range stored {
		fmt.Fprintln(w, "stored", visible(name))
	}
	return nil
}

// form stores each file of a form as it comes. What was stored before an
// error stays: each file is whole.
func (h *handler) form(r *request, form *multipart.Reader) ([]string, error) {
	var stored []string
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return stored, nil
		}
		if err != nil {
			return stored, &refusal{status: http.StatusBadRequest, text: "The form is broken or ended too early."}
		}
		_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		given, isFile := params["filename"]
		if err != nil || !isFile || given == "" {
			continue // another field, or a file that was not chosen
		}
		if len(stored) == maxFormFiles {
			return stored, &refusal{status: http.StatusBadRequest, text: fmt.Sprintf("One form may bring %d files; the others were not kept.", maxFormFiles)}
		}
		base, err := uploadName(given)
		if err != nil {
			return stored, err
		}
		name := path.Join(r.name, base)
		if err := h.storePart(r, part, name); err != nil {
			return stored, err
		}
		stored = append(stored, base)
	}
}

func (h *handler) storePart(r *request, part io.Reader, name string) error {
	if need := (access.Need{Right: access.Write, Name: name}); !h.policy.Allows(r.id, need) {
		return h.forbidden(r, []access.Need{need})
	}
	if err := h.locks.confirm(h, r, name); err != nil {
		return err
	}
	there, err := h.target(r, name)
	if err != nil {
		return err
	}
	in, err := receive(h.root, h.space, -1)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{in}, part, make([]byte, 64<<10)); err != nil {
		in.abort()
		var refused *refusal
		var unstored *unstoredError
		if errors.As(err, &refused) || errors.As(err, &unstored) {
			return err
		}
		return &refusal{status: http.StatusBadRequest, text: "The form ended in the middle of " + visible(path.Base(name)) + "; that file was not kept."}
	}
	if err := in.commit(name, there != nil); err != nil {
		return err
	}
	h.drop(name)
	return nil
}

// mkcol makes a folder (RFC 4918 section 9.3).
func (h *handler) mkcol(w http.ResponseWriter, r *request) error {
	if r.ContentLength != 0 {
		return &refusal{status: http.StatusUnsupportedMediaType, text: "MKCOL has no body."}
	}
	if _, err := h.root.Lstat(r.name); err == nil {
		return &refusal{status: http.StatusMethodNotAllowed, text: visible(r.name) + " is there already.", header: http.Header{"Allow": {h.methods()}}}
	}
	if err := newPath(r.name); err != nil {
		return err
	}
	if !isFolder(h.root, path.Dir(r.name)) {
		return &refusal{status: http.StatusConflict, text: "There is no folder for " + visible(r.name) + "; make it first."}
	}
	if err := h.locks.confirm(h, r, r.name); err != nil {
		return err
	}
	if err := h.root.Mkdir(r.name, 0o777); err != nil {
		return err
	}
	h.drop(r.name)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusCreated)
	return nil
}

// remove deletes a file, a link, or a folder with all that is in it.
func (h *handler) remove(w http.ResponseWriter, r *request) error {
	if r.name == "." {
		return &refusal{status: http.StatusForbidden, text: "The shared folder itself stays."}
	}
	if u, err := url.ParseRequestURI(r.RequestURI); err != nil || u.Fragment != "" || strings.Contains(r.RequestURI, "#") {
		return &refusal{status: http.StatusBadRequest, text: "A request has no fragment; write # as %23."}
	}
	info, err := h.root.Lstat(r.name)
	if err != nil {
		return err
	}
	if r.slash && !info.IsDir() {
		return notFound(r.URL.Path)
	}
	if tag := etag(info); check(r.Request, tag, info.ModTime()) == preconditionFailed {
		return &refusal{status: http.StatusPreconditionFailed, text: "It is not what was expected."}
	}
	if err := h.locks.confirmTree(h, r, r.name); err != nil {
		return err
	}
	if err := h.root.RemoveAll(r.name); err != nil {
		return err
	}
	h.forget(r.name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// forget ends what was known of a name that is gone.
func (h *handler) forget(name string) {
	h.drop(name)
	h.locks.gone(name)
	h.props.gone(name)
	_ = h.links.Gone(name) // it opens nothing any more; kept at most in the file
	h.space.stale()
}
