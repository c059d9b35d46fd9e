package files

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"

	"github.com/ammarctl/ammarctl/server/auth"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/archive"
	"github.com/ammarctl/ammarctl/services/files/control"
	"github.com/ammarctl/ammarctl/services/files/download"
	"github.com/ammarctl/ammarctl/services/files/links"
	"github.com/ammarctl/ammarctl/services/files/pages"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
	"github.com/ammarctl/ammarctl/services/files/tus"
	"github.com/ammarctl/ammarctl/services/files/upload"
	"github.com/ammarctl/ammarctl/services/files/webdav"
)

// options configure a handler, besides its folder.
type options struct {
	policy *access.Policy
	links  *access.Links
	only   string // the one file that is shared; empty: the whole folder
	quota  int64  // bytes that the folder may hold; 0: as many as the disk holds
	limits *transfer.Limits
	auth   *auth.Authenticator // for the policy's accounts; nil: a new one
	done   func()              // --once: called when everything was downloaded
}

// handler parses and authorizes the requests to a folder, and delegates them.
type handler struct {
	parser
	origin *http.CrossOriginProtection
	store  *store.Store

	transfers *transfer.Registry
	control   *control.Server
	small     *download.SmallFiles
	download  *download.Files
	checksums *download.Checksums
	listing   *pages.Listing
	thumbs    *pages.Thumbnails
	archives  *archive.Archives
	uploads   *upload.Uploads
	dav       *webdav.Server
}

// newHandler returns the handler of a root, which the caller closes.
func newHandler(root *os.Root, c download.Cache, o options) (*handler, error) {
	if o.policy == nil {
		var err error
		if o.policy, err = access.NewPolicy(nil, false); err != nil {
			return nil, err
		}
	}
	if o.auth == nil {
		o.auth = auth.New(o.policy.Accounts(), auth.NewThrottle(), slog.New(slog.DiscardHandler))
	}
	if o.links == nil {
		o.links, _ = access.OpenLinks("") // in memory: cannot fail
	}
	if o.limits == nil {
		o.limits = transfer.NewLimits(0, 0)
	}
	s := store.New(root, o.quota)
	transfers := transfer.NewRegistry(o.limits)
	linked := links.New(s, o.links, o.only, transfers)
	counter := download.NewCounter(s, linked, o.only, o.done)
	small := download.NewSmallFiles(c, s, o.only, o.limits)
	small.Disabled = o.done != nil
	locks := webdav.NewLocks(s)
	uploads := upload.New(s, transfers, locks, small)
	return &handler{
		parser: parser{
			policy: o.policy, passwords: o.auth, realm: path.Base(s.Name()), only: o.only,
			links: linked, tus: tus.New(s, transfers, uploads, locks, small),
		},
		origin: http.NewCrossOriginProtection(), store: s, transfers: transfers,
		control:   control.New(transfers, o.limits, linked),
		small:     small,
		download:  download.New(s, o.only, transfers, counter, small),
		checksums: download.NewChecksums(transfers, o.limits),
		listing:   pages.NewListing(s),
		thumbs:    pages.NewThumbnails(o.limits),
		archives:  archive.New(s, transfers, o.limits, counter),
		uploads:   uploads,
		dav:       webdav.New(s, locks, uploads, linked, small),
	}, nil
}

// ServeHTTP parses a request, checks its permissions, and answers it.
func (h *handler) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	if err := h.serve(w, hr); err != nil {
		h.refusal(hr.URL.Path, err).Send(w)
	}
}

func (h *handler) serve(w http.ResponseWriter, hr *http.Request) error {
	if err := h.origin.Check(hr); err != nil {
		return semantics.Refuse(http.StatusForbidden, "Another site may not change anything here.")
	}
	r, act, err := h.parseRequest(hr)
	if err != nil {
		return err
	}
	if err := r.Authorize(act.permissions...); err != nil {
		return err
	}
	return act.handle(h, w, r)
}

// read answers GET and HEAD.
func (h *handler) read(w http.ResponseWriter, r *request.Request) error {
	f, info, err := h.store.OpenPlain(r.Name)
	if errors.Is(err, fs.ErrNotExist) {
		h.small.NotFound(r, refusalOf(r.URL.Path, err).Text)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	query := r.URL.Query()
	switch {
	case info.IsDir() && !r.Slash:
		semantics.Redirect(w, r.Request, http.StatusMovedPermanently, path.Base(r.Name)+"/")
		return nil
	case info.IsDir() && (query.Has("zip") || query.Has("tar")):
		return h.archives.Serve(w, r)
	case info.IsDir():
		return h.folder(w, r, f)
	case r.Slash:
		return semantics.NotFound(r.URL.Path)
	case !r.Allowed(access.Read, r.Name):
		return r.Forbidden()
	case query.Has("sha256"):
		return h.checksums.Serve(w, r, f, info)
	case query.Has("thumb"):
		return h.thumbs.Serve(w, r, f, info)
	case query.Has("view"):
		return pages.View(w, r, f, info)
	}
	return h.download.Serve(w, r, f, info, r.Name)
}

// folder answers with the folder's index.html, else with a listing. In a
// writable share it is always a listing, so that no upload replaces it.
func (h *handler) folder(w http.ResponseWriter, r *request.Request, f *os.File) error {
	if pages.Format(r.Request) == pages.HTML && !r.Policy.Writable() && !r.URL.Query().Has("list") {
		index := path.Join(r.Name, "index.html")
		if page, info, err := h.store.OpenPlain(index); err == nil {
			defer page.Close()
			if info.Mode().IsRegular() && r.Allowed(access.Read, index) {
				return h.download.Serve(w, r, page, info, index)
			}
		}
	}
	return h.listing.Serve(w, r, f)
}

// post stores the files of a form, or begins a tus upload.
func (h *handler) post(w http.ResponseWriter, r *request.Request) error {
	if !h.store.IsFolder(r.Name) {
		return semantics.NotFound(r.URL.Path)
	}
	if r.URL.Query().Has("tus") {
		return h.tus.Create(w, r)
	}
	return h.uploads.Form(w, r)
}

// capabilities answers OPTIONS, which needs no password.
func (h *handler) capabilities(w http.ResponseWriter, r *request.Request) error {
	head := w.Header()
	head.Set("Allow", r.Methods())
	head.Set("DAV", "1, 2")
	head.Set("MS-Author-Via", "DAV")
	if r.Policy.Writable() {
		tus.Announce(head)
	}
	semantics.Empty(w, http.StatusOK)
	return nil
}
