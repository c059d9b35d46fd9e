package upload

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

// maxFormFiles is the largest number of files in one form.
const maxFormFiles = 1000

// Form stores the files of a form in the folder of the request.
func (u *Uploads) Form(w http.ResponseWriter, r *request.Request) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return semantics.Refuse(http.StatusUnsupportedMediaType, "POST to a folder expects multipart/form-data with files.")
	}
	t, err := u.transfers.Begin(w, r, transfer.Upload, r.Name, r.ContentLength)
	if err != nil {
		return err
	}
	defer t.End()
	stored, err := u.storeForm(r, multipart.NewReader(t.Body(r.Body), params["boundary"]))
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		return semantics.Refuse(http.StatusBadRequest, "The form has no file in it.")
	}
	// A browser without scripts shows the folder again, with the new files.
	w.Header().Set("Location", "./")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusSeeOther)
	for _, name := range stored {
		fmt.Fprintln(w, "stored", safetext.Replace(name))
	}
	return nil
}

// storeForm stores each file of a form as it arrives. Files that were stored
// before an error stay: each is whole.
func (u *Uploads) storeForm(r *request.Request, form *multipart.Reader) ([]string, error) {
	var stored []string
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return stored, nil
		}
		if err != nil {
			return stored, semantics.Refuse(http.StatusBadRequest, "The form is broken or ended too early.")
		}
		_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		given, isFile := params["filename"]
		if err != nil || !isFile || given == "" {
			continue // another field, or a file field without a file
		}
		if len(stored) == maxFormFiles {
			return stored, semantics.Refuse(http.StatusBadRequest,
				fmt.Sprintf("One form can have %d files; the others were not stored.", maxFormFiles))
		}
		base, err := names.Upload(given)
		if err != nil {
			return stored, err
		}
		if err := u.storePart(r, part, path.Join(r.Name, base)); err != nil {
			return stored, err
		}
		stored = append(stored, base)
	}
}

func (u *Uploads) storePart(r *request.Request, part io.Reader, name string) error {
	if err := r.AuthorizeWrite(name); err != nil {
		return err
	}
	if err := u.locks.Confirm(r, name); err != nil {
		return err
	}
	existing, err := u.Target(r, name)
	if err != nil {
		return err
	}
	in, err := u.store.Receive(-1)
	if err != nil {
		return err
	}
	if _, err := copyTo(in, part); err != nil {
		in.Abort()
		if isStoreError(err) {
			return err
		}
		return semantics.Refuse(http.StatusBadRequest,
			"The form ended in the middle of "+safetext.Replace(path.Base(name))+"; that file was not stored.")
	}
	return u.commit(in, name, existing != nil)
}
