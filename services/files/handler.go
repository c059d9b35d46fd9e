package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files/access"
)

// cache is where small answers go for the server's fast lane.
type cache interface {
	Put(target string, e server.Entry) bool
	Drop(target string)
}

// options is what a handler is made of beside the folder.
type options struct {
	policy *access.Policy
	links  *access.Links
	only   string // the one file that is shared; empty: the whole folder
	quota  int64  // bytes that the folder may hold; 0: what the disk holds
	limits *limits
	done   func() // --once: called when everything has been fetched completely
}

// handler serves what is below root.
type handler struct {
	options
	root      *os.Root
	cache     cache
	door      *access.Doorkeeper
	origin    *http.CrossOriginProtection
	space     *space
	uploads   *uploads
	locks     *locks
	props     *props
	transfers *transfers
	fetched   *fetched
	sums      *sums
	archives  *places
	hashes    *places
	pictures  *places
	thumbs    *thumbnails
}

func newHandler(root *os.Root, c cache, o options) (*handler, error) {
	if o.policy == nil {
		var err error
		if o.policy, err = access.NewPolicy(nil, false); err != nil {
			return nil, err
		}
	}
	if o.links == nil {
		o.links, _ = access.OpenLinks("") // in memory: nothing to fail
	}
	if o.limits == nil {
		o.limits = newLimits(0, 0)
	}
	h := &handler{
		options: o, root: root, cache: c,
		door: access.NewDoorkeeper(o.policy), origin: http.NewCrossOriginProtection(),
		space: newSpace(root, o.quota), locks: newLocks(), transfers: newTransfers(), thumbs: newThumbnails(),
		sums: &sums{}, archives: newPlaces(archives, archives/2, o.limits), hashes: newPlaces(hashes, hashes, o.limits), pictures: newPlaces(1, 1, o.limits),
	}
	h.props = &props{root: root}
	h.uploads = &uploads{root: root, space: h.space, busy: map[string]bool{}}
	h.fetched = newFetched(h)
	return h, nil
}

// refusal is an answer other than what was asked for.
type refusal struct {
	status int
	text   string
	header http.Header
}

func (e *refusal) Error() string { return e.text }

func notFound(requestPath string) error {
	return &refusal{status: http.StatusNotFound, text: "There is no " + visible(requestPath) + " here."}
}

// ServeHTTP answers a request: understood first, then allowed, then done.
func (h *handler) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	if err := h.answer(w, hr); err != nil {
		var refused *refusal
		if !errors.As(err, &refused) {
			refused = h.explain(hr.URL.Path, err)
		}
		if refused.status >= 400 {
			// What was said of the file is not true of the refusal.
			for _, name := range []string{"ETag", "Last-Modified", "Accept-Ranges", "Content-Encoding", "Content-Disposition", "Content-Security-Policy"} {
				w.Header().Del(name)
			}
			if refused.status != http.StatusRequestedRangeNotSatisfiable {
				w.Header().Del("Content-Range")
			}
		}
		for name, values := range refused.header {
			w.Header()[name] = values
		}
		if refused.status == http.StatusNotModified || refused.status == http.StatusNoContent {
			w.WriteHeader(refused.status)
			return
		}
		http.Error(w, refused.text, refused.status)
	}
}

func (h *handler) answer(w http.ResponseWriter, hr *http.Request) error {
	if err := h.origin.Check(hr); err != nil {
		return &refusal{status: http.StatusForbidden, text: "Another site may not change anything here."}
	}
	r, err := h.understand(hr)
	if err != nil {
		return err
	}
	if !h.policy.Allows(r.id, r.needs...) {
		return h.forbidden(r, r.needs)
	}
	return r.act(h, w, r)
}

// explain tells a name that is missing from a folder that is: deleted, or on a
// disk that was taken out, while it is shared.
func (h *handler) explain(requestPath string, err error) *refusal {
	if errors.Is(err, fs.ErrNotExist) {
		if present(h.root) != nil {
			return &refusal{status: http.StatusServiceUnavailable, text: "The folder that was shared here is gone: deleted, or its disk was taken out. Whoever shares it has to share it again."}
		}
	}
	return explain(requestPath, err)
}

// present tells whether the folder itself is still there. One that was deleted
// can be looked at and opened while it is held open, but not listed.
func present(root *os.Root) error {
	f, err := root.Open(".")
	if errors.Is(err, fs.ErrPermission) {
		return nil // it may be entered all the same
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Readdirnames(1); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// explain turns an error of the file system into an answer that tells nothing
// of the machine beyond the folder.
func explain(requestPath string, err error) *refusal {
	shown := visible(requestPath)
	status, text := http.StatusNotFound, "There is no "+shown+" here."
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, syscall.EIO):
		status, text = http.StatusInternalServerError, shown+" cannot be read: its disk is broken, or was taken out."
	case errors.Is(err, fs.ErrPermission):
		status, text = http.StatusForbidden, shown+" may not be used by the one who shares this folder."
	case errors.Is(err, syscall.EROFS):
		status, text = http.StatusForbidden, "The disk of this folder is read-only."
	case errors.Is(err, syscall.ENOSPC), overQuota(err):
		status, text = http.StatusInsufficientStorage, "The disk is full."
	case errors.Is(err, fs.ErrExist):
		status, text = http.StatusConflict, "There is something at that name already."
	case errors.Is(err, syscall.ENAMETOOLONG):
		status, text = http.StatusBadRequest, "The name is too long for the disk."
	case strings.Contains(err.Error(), "escapes"):
		status, text = http.StatusForbidden, shown+" is a link that leads out of this folder. Only links inside it, with relative targets, are followed."
	}
	return &refusal{status: status, text: text}
}

// open opens a regular file or a folder; anything else is refused before it
// is opened, since opening alone may do something to a device.
func (h *handler) open(name string) (*os.File, fs.FileInfo, error) {
	info, err := h.root.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if err := plain(info); err != nil {
		return nil, nil, err
	}
	f, err := h.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, nil, err
	}
	// It may have been replaced meanwhile.
	if info, err = f.Stat(); err == nil {
		err = plain(info)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

func plain(info fs.FileInfo) error {
	if info.IsDir() || info.Mode().IsRegular() {
		return nil
	}
	return &refusal{status: http.StatusForbidden, text: fmt.Sprintf("%s is neither a file nor a folder.", visible(info.Name()))}
}

// redirect sends the client to a name beside or below the one asked for. The
// Location is relative, so that it cannot lead to another host.
func redirect(w http.ResponseWriter, r *http.Request, status int, name string) {
	location := "./" + (&url.URL{Path: name}).EscapedPath()
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", location)
	w.WriteHeader(status)
}

// drop takes what is no longer true out of the fast lane.
func (h *handler) drop(name string) {
	h.cache.Drop((&url.URL{Path: "/" + name}).EscapedPath())
	h.cache.Drop((&url.URL{Path: "/" + path.Dir(name) + "/"}).EscapedPath())
}
