package files

import (
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// read answers GET and HEAD: a folder, a file, or what is made of them.
func (h *handler) read(w http.ResponseWriter, r *request) error {
	f, info, err := h.open(r.name)
	if errors.Is(err, fs.ErrNotExist) {
		h.keepMissing(r)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	query := r.URL.Query()
	switch {
	case info.IsDir() && !r.slash:
		redirect(w, r.Request, http.StatusMovedPermanently, path.Base(r.name)+"/")
		return nil
	case info.IsDir() && (query.Has("zip") || query.Has("tar")):
		return h.archive(w, r)
	case info.IsDir():
		return h.folder(w, r, f)
	case r.slash:
		return notFound(r.URL.Path)
	case !h.may(r, access.Read, r.name):
		return h.forbidden(r, nil)
	case query.Has("sha256"):
		return h.sum(w, r, f, info)
	case query.Has("thumb"):
		return h.thumb(w, r, f, info)
	case query.Has("view"):
		return h.view(w, r, f, info)
	}
	return h.file(w, r, f, info, r.name)
}

// folder answers with its index.html if there is one, else with a listing. Where
// others add files, none of them may stand in the place of the listing.
func (h *handler) folder(w http.ResponseWriter, r *request, f *os.File) error {
	form := listingForm(r.Request)
	if form == asHTML && !h.policy.Writable() && !r.URL.Query().Has("list") {
		index := path.Join(r.name, "index.html")
		if page, info, err := h.open(index); err == nil {
			defer page.Close()
			if info.Mode().IsRegular() && h.may(r, access.Read, index) {
				return h.file(w, r, page, info, index)
			}
		}
	}
	return h.list(w, r, f, form)
}

// attachment is the header that makes a browser save under this name (RFC
// 6266, RFC 8187).
func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": strings.ToValidUTF8(visible(name), "_")})
}
