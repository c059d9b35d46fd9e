package files

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/server"
)

// cache is where small answers go for the server's fast lane.
type cache interface {
	Put(target string, e server.Entry) bool
}

// handler serves what is below root.
type handler struct {
	root  *os.Root
	cache cache
}

func newHandler(root *os.Root, c cache) *handler { return &handler{root: root, cache: c} }

// refusal is an answer other than the file.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

func notFound(requestPath string) error {
	return &refusal{http.StatusNotFound, "There is no " + visible(requestPath) + " here."}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This folder is read-only: GET and HEAD are all there is.", http.StatusMethodNotAllowed)
		return
	}
	if err := h.serve(w, r); err != nil {
		var refused *refusal
		if !errors.As(err, &refused) {
			refused = explain(r.URL.Path, err)
		}
		http.Error(w, refused.text, refused.status)
	}
}

// explain turns an error of the file system into an answer that tells nothing
// of the machine beyond the folder.
func explain(requestPath string, err error) *refusal {
	shown := visible(requestPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &refusal{http.StatusNotFound, "There is no " + shown + " here."}
	case errors.Is(err, fs.ErrPermission):
		return &refusal{http.StatusForbidden, shown + " may not be read by the one who shares this folder."}
	case strings.Contains(err.Error(), "escapes"):
		return &refusal{http.StatusForbidden, shown + " is a link that leads out of this folder. Only links inside it, with relative targets, are followed."}
	}
	return &refusal{http.StatusNotFound, "There is no " + shown + " here."}
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	name, ok := localName(r.URL.Path)
	if !ok {
		return notFound(r.URL.Path)
	}
	f, info, err := h.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	asFolder := strings.HasSuffix(r.URL.Path, "/")
	switch {
	case info.IsDir() && !asFolder:
		redirect(w, r, path.Base(name)+"/")
		return nil
	case info.IsDir():
		return h.folder(w, r, f, name)
	case asFolder:
		return notFound(r.URL.Path)
	}
	return h.file(w, r, f, info, name)
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
	return &refusal{http.StatusForbidden, fmt.Sprintf("%s is neither a file nor a folder.", visible(info.Name()))}
}

// redirect sends the client to a name beside or below the one asked for. The
// Location is relative, so that it cannot lead to another host.
func redirect(w http.ResponseWriter, r *http.Request, name string) {
	location := "./" + (&url.URL{Path: name}).EscapedPath()
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusMovedPermanently)
}

// folder answers with its index.html if there is one, else with a listing.
func (h *handler) folder(w http.ResponseWriter, r *http.Request, f *os.File, name string) error {
	index := path.Join(name, "index.html")
	if page, info, err := h.open(index); err == nil {
		defer page.Close()
		if info.Mode().IsRegular() {
			return h.file(w, r, page, info, index)
		}
	}
	return h.list(w, r, f, name)
}
