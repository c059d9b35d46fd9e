package files

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// The paths that are ours. No file can be there: its name would begin with a
// dot.
const (
	ownPrefix  = "/.ammar/"
	tusPrefix  = ownPrefix + "tus/"
	linksPath  = ownPrefix + "links"
	linkPrefix = "/.s/"
)

// request is a request that was understood: on whose behalf it is, what it is
// about, and what it needs.
type request struct {
	*http.Request
	id    access.Identity
	link  *access.Link
	name  string // below the root
	slash bool   // the path ends in a slash: a folder is meant
	dest  string // of COPY and MOVE
	needs []access.Need
	act   func(h *handler, w http.ResponseWriter, r *request) error
}

// client is the address that a request comes from.
func (r *request) client() string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// identify finds out on whose behalf a request is.
func (h *handler) identify(r *http.Request) (access.Identity, error) {
	name, password, given := r.BasicAuth()
	switch {
	case !given && r.Header.Get("Authorization") != "":
		return access.Identity{}, h.challenge("Only the Basic scheme is understood here.")
	case !given || !h.policy.HasUsers():
		return h.policy.Anyone(), nil
	}
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	id, err := h.door.Enter(r.Context(), client, name, password)
	var slow *access.SlowDownError
	switch {
	case errors.As(err, &slow):
		return id, &refusal{status: http.StatusTooManyRequests, text: "Too many wrong passwords from your address. Try again in " + slow.Wait.Round(time.Second).String() + ".",
			header: http.Header{"Retry-After": {strconv.Itoa(int(slow.Wait/time.Second) + 1)}}}
	case err != nil:
		return id, h.challenge("The user or the password is wrong.")
	}
	return id, nil
}

// challenge asks for a password.
func (h *handler) challenge(text string) error {
	return &refusal{status: http.StatusUnauthorized, text: text,
		header: http.Header{"Www-Authenticate": {`Basic realm="` + realm(h.root.Name()) + `", charset="UTF-8"`}}}
}

// realm is a name that can stand in a quoted string.
func realm(root string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, path.Base(root))
}

// understand finds out what a request is about. It looks at no file.
func (h *handler) understand(hr *http.Request) (*request, error) {
	r := &request{Request: hr}
	if rest, ok := strings.CutPrefix(hr.URL.Path, linkPrefix); ok {
		return r, h.throughLink(r, rest)
	}
	var err error
	if r.id, err = h.identify(hr); err != nil {
		return r, err
	}
	if strings.HasPrefix(hr.URL.Path, ownPrefix) {
		return r, h.own(r)
	}
	var ok bool
	if r.name, ok = localName(hr.URL.Path); !ok && hr.Method != http.MethodOptions {
		return r, notFound(hr.URL.Path)
	}
	r.slash = strings.HasSuffix(hr.URL.Path, "/")
	if h.only != "" {
		switch {
		case r.name == "." && (hr.Method == http.MethodGet || hr.Method == http.MethodHead):
			r.needs = []access.Need{{Right: access.Read, Name: h.only}}
			r.act = toOnly
			return r, nil
		case r.name != h.only:
			return r, notFound(hr.URL.Path)
		}
	}
	return r, h.route(r)
}

// toOnly leads from the root to the single file that is shared.
func toOnly(h *handler, w http.ResponseWriter, r *request) error {
	redirect(w, r.Request, http.StatusFound, h.only)
	return nil
}

// throughLink maps the path below a link to what the link opens.
func (h *handler) throughLink(r *request, rest string) error {
	token, rest, slash := strings.Cut(rest, "/")
	link, err := h.links.Open(token, time.Now())
	if err != nil {
		status := http.StatusNotFound
		if errors.Is(err, access.ErrExpired) {
			status = http.StatusGone
		}
		return &refusal{status: status, text: sentence(err)}
	}
	if h.only != "" && link.Name != h.only {
		return notFound(r.URL.Path) // it was made when all of the folder was shared
	}
	r.id, r.link = access.LinkIdentity(link), &link
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return &refusal{status: http.StatusMethodNotAllowed, text: "A link is for reading: GET and HEAD are all there is.", header: http.Header{"Allow": {"GET, HEAD"}}}
	}
	read := []access.Need{{Right: access.Read, Name: link.Name}}
	lead := func(to string) error {
		r.needs = read
		r.act = func(_ *handler, w http.ResponseWriter, r *request) error {
			redirect(w, r.Request, http.StatusFound, to)
			return nil
		}
		return nil
	}
	file := path.Base(link.Name)
	switch {
	case !slash && link.Folder:
		return lead(token + "/")
	case !slash:
		return lead(token + "/" + file)
	case !link.Folder && rest == "":
		return lead(file)
	case !link.Folder && rest != file:
		return notFound(r.URL.Path)
	case !link.Folder:
		r.name = link.Name
		return h.route(r)
	}
	name, ok := localName("/" + rest)
	if !ok {
		return notFound(r.URL.Path)
	}
	r.name, r.slash = path.Join(link.Name, name), rest == "" || strings.HasSuffix(rest, "/")
	return h.route(r)
}

// route decides what a method does and what it needs. That a need is met is
// checked once, in ServeHTTP, before anything is done.
func (h *handler) route(r *request) error {
	on := func(right access.Rights, name string) access.Need { return access.Need{Right: right, Name: name} }
	tree := func(right access.Rights, name string) access.Need {
		return access.Need{Right: right, Name: name, Tree: true}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		r.needs, r.act = []access.Need{{Right: access.Read, Name: r.name, Some: true}}, (*handler).read
	case http.MethodOptions:
		r.act = (*handler).capabilities
	case "PROPFIND":
		r.needs, r.act = []access.Need{{Right: access.Read, Name: r.name, Some: true}}, (*handler).propfind
	case http.MethodPut:
		r.needs, r.act = []access.Need{on(access.Write, r.name)}, (*handler).put
	case http.MethodPost:
		r.needs, r.act = []access.Need{on(access.Write, r.name)}, (*handler).post
	case "MKCOL":
		r.needs, r.act = []access.Need{on(access.Write, r.name)}, (*handler).mkcol
	case http.MethodDelete:
		r.needs, r.act = []access.Need{tree(access.Delete, r.name)}, (*handler).remove
	case "PROPPATCH":
		r.needs, r.act = []access.Need{on(access.Write, r.name)}, (*handler).proppatch
	case "LOCK":
		r.needs, r.act = []access.Need{on(access.Write, r.name)}, (*handler).lock
	case "UNLOCK":
		r.needs, r.act = []access.Need{on(access.Write, r.name)}, (*handler).unlock
	case "COPY", "MOVE":
		dest, err := destination(r.Request)
		if err != nil {
			return err
		}
		r.dest = dest
		r.needs, r.act = []access.Need{tree(access.Read, r.name), tree(access.Write, dest)}, (*handler).copyOrMove
		if r.Method == "MOVE" {
			r.needs = append(r.needs, tree(access.Delete, r.name))
		}
	default:
		return h.notAllowed(r.Method)
	}
	return nil
}

// own routes the paths that are no files.
func (h *handler) own(r *request) error {
	switch {
	case r.URL.Path == linksPath || strings.HasPrefix(r.URL.Path, linksPath+"/"):
		// Whose links they are is a matter of the user, not of a path.
		r.act = (*handler).linkRequests
	case strings.HasPrefix(r.URL.Path, tusPrefix):
		up, err := h.uploads.find(strings.TrimPrefix(r.URL.Path, tusPrefix))
		if err != nil {
			return err
		}
		r.name = up.Name
		r.needs = []access.Need{{Right: access.Write, Name: up.Name}}
		r.act = func(h *handler, w http.ResponseWriter, r *request) error { return h.resume(w, r, up) }
	default:
		return notFound(r.URL.Path)
	}
	return nil
}

// destination is the name that COPY and MOVE lead to (RFC 4918 section 10.3).
func destination(r *http.Request) (string, error) {
	u, err := url.Parse(r.Header.Get("Destination"))
	switch {
	case err != nil || u.Path == "":
		return "", &refusal{status: http.StatusBadRequest, text: r.Method + " expects a Destination header with a URL."}
	case u.Host != "" && u.Host != r.Host:
		return "", &refusal{status: http.StatusBadGateway, text: "The Destination is on another server."}
	}
	name, ok := localName(u.Path)
	if !ok || name == "." {
		return "", &refusal{status: http.StatusForbidden, text: fmt.Sprintf("Nothing can be put at %s.", visible(u.Path))}
	}
	return name, nil
}

func (h *handler) notAllowed(method string) error {
	text := "The method " + visible(method) + " does nothing here."
	if !h.policy.Writable() {
		text = "This folder is read-only: GET and HEAD are all there is."
	}
	return &refusal{status: http.StatusMethodNotAllowed, text: text, header: http.Header{"Allow": {h.methods()}}}
}

// methods lists what can be done, for Allow.
func (h *handler) methods() string {
	if !h.policy.Writable() {
		return "GET, HEAD, OPTIONS, PROPFIND"
	}
	return "GET, HEAD, OPTIONS, PROPFIND, PUT, POST, DELETE, MKCOL, COPY, MOVE, PROPPATCH, LOCK, UNLOCK"
}

// options answers what this server can do; it is asked before any password.
func (h *handler) capabilities(w http.ResponseWriter, r *request) error {
	head := w.Header()
	head.Set("Allow", h.methods())
	head.Set("DAV", "1, 2")
	head.Set("MS-Author-Via", "DAV")
	if h.policy.Writable() {
		tusHead(head)
	}
	head.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// may is asked for what turns out to be needed only when files were looked at.
func (h *handler) may(r *request, right access.Rights, name string) bool {
	return h.policy.Allows(r.id, access.Need{Right: right, Name: name})
}

// forbidden says that something is not allowed, or asks for a password first.
func (h *handler) forbidden(r *request, needs []access.Need) error {
	for _, n := range needs {
		if n.Right&(access.Write|access.Delete) != 0 && !h.policy.Writable() {
			return h.notAllowed(r.Method)
		}
	}
	if r.id.Link == "" && r.id.User == access.Anyone && h.policy.HasUsers() {
		return h.challenge("A user and a password are needed here.")
	}
	return &refusal{status: http.StatusForbidden, text: "You are not allowed to do this here."}
}

// sentence is an error as a whole sentence.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
