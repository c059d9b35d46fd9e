package files

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/server/auth"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/links"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/tus"
	"github.com/ammarctl/ammarctl/services/files/webdav"
)

// ownPrefix is the path of everything that is not a file. No file has such a
// path, since its name would begin with a dot.
const ownPrefix = "/.ammar/"

// parser finds out who sends a request and what it asks for. It opens no shared
// file.
type parser struct {
	policy    *access.Policy
	passwords *auth.Authenticator
	realm     string
	only      string // the one file that is shared; empty: the whole folder
	links     *links.Server
	tus       *tus.Server
}

// handle answers a request with a handler.
type handle func(h *handler, w http.ResponseWriter, r *request.Request) error

// action is the way to answer a request: the permissions that it needs, which
// are checked first, and the function that answers.
type action struct {
	permissions []access.Need
	handle      handle
}

// parseRequest identifies the sender and chooses the action.
func (p *parser) parseRequest(hr *http.Request) (*request.Request, action, error) {
	r := &request.Request{Request: hr, Policy: p.policy, Realm: p.realm}
	if strings.HasPrefix(hr.URL.Path, links.Prefix) {
		act, err := p.throughLink(r)
		return r, act, err
	}
	var err error
	if r.Identity, err = p.identify(r); err != nil {
		return r, action{}, err
	}
	if strings.HasPrefix(hr.URL.Path, ownPrefix) {
		act, err := p.own(r)
		return r, act, err
	}
	var ok bool
	if r.Name, ok = names.Local(hr.URL.Path); !ok && hr.Method != http.MethodOptions {
		return r, action{}, semantics.NotFound(hr.URL.Path)
	}
	r.Slash = strings.HasSuffix(hr.URL.Path, "/")
	if p.only != "" {
		switch {
		case r.Name == "." && (hr.Method == http.MethodGet || hr.Method == http.MethodHead):
			return r, redirectTo(p.only, p.only), nil
		case r.Name != p.only:
			return r, action{}, semantics.NotFound(hr.URL.Path)
		}
	}
	act, err := route(r)
	return r, act, err
}

// identify checks the password of a request, if it has one.
func (p *parser) identify(r *request.Request) (access.Identity, error) {
	if user, ok := server.User(r.Request); ok { // the server has checked the password
		return p.policy.Identity(user), nil
	}
	name, password, given := r.BasicAuth()
	switch {
	case !given && r.Header.Get("Authorization") != "":
		return access.Identity{}, r.Challenge("Only the Basic scheme is supported here.")
	case !given || !p.policy.HasUsers():
		return p.policy.Anyone(), nil
	}
	err := p.passwords.Authenticate(r.Context(), auth.RemoteAddr(r.RemoteAddr), name, password)
	var throttled *auth.ThrottledError
	switch {
	case errors.As(err, &throttled):
		seconds := throttled.Seconds()
		wait := time.Duration(seconds) * time.Second
		return access.Identity{}, &semantics.Refusal{Status: http.StatusTooManyRequests,
			Text: explain.Mark("login-throttled",
				"Too many wrong passwords from your address. Try again in "+wait.String()+"."),
			Header: http.Header{"Retry-After": {strconv.Itoa(seconds)}}}
	case err != nil:
		return access.Identity{}, r.Challenge(explain.Mark("wrong-password", "The user or the password is wrong."))
	}
	return p.policy.Identity(name), nil
}

// redirectTo sends a client that may read name to a path next to the current
// one.
func redirectTo(name, path string) action {
	return action{[]access.Need{{Right: access.Read, Name: name}},
		func(_ *handler, w http.ResponseWriter, r *request.Request) error {
			semantics.Redirect(w, r.Request, http.StatusFound, path)
			return nil
		}}
}

// throughLink parses a request that follows a link.
func (p *parser) throughLink(r *request.Request) (action, error) {
	redirect, err := p.links.Resolve(r)
	if err != nil {
		return action{}, err
	}
	if redirect != "" {
		return redirectTo(r.Name, redirect), nil
	}
	return route(r)
}

// own parses the requests for paths that are not files.
func (p *parser) own(r *request.Request) (action, error) {
	switch {
	case r.URL.Path == links.Path || strings.HasPrefix(r.URL.Path, links.Path+"/"):
		// The permissions depend on the user, not on a path.
		return action{handle: func(h *handler, w http.ResponseWriter, r *request.Request) error {
			return h.links.Manage(w, r)
		}}, nil
	case strings.HasPrefix(r.URL.Path, tus.Prefix):
		up, err := p.tus.Find(r.URL.Path)
		if err != nil {
			return action{}, err
		}
		r.Name = up.Name()
		return action{[]access.Need{{Right: access.Write, Name: up.Name()}},
			func(h *handler, w http.ResponseWriter, r *request.Request) error { return h.tus.Resume(w, r, up) }}, nil
	}
	return action{}, semantics.NotFound(r.URL.Path)
}

// route chooses the action of a method. ServeHTTP checks the permissions
// before the action starts.
func route(r *request.Request) (action, error) {
	read := []access.Need{{Right: access.Read, Name: r.Name, Some: true}}
	write := []access.Need{{Right: access.Write, Name: r.Name}}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return action{read, (*handler).read}, nil
	case http.MethodOptions:
		return action{nil, (*handler).capabilities}, nil
	case http.MethodPut:
		return action{write, func(h *handler, w http.ResponseWriter, r *request.Request) error {
			return h.uploads.Put(w, r)
		}}, nil
	case http.MethodPost:
		return action{write, (*handler).post}, nil
	}
	return routeDAV(r, read, write)
}

// routeDAV is route for the methods of WebDAV.
func routeDAV(r *request.Request, read, write []access.Need) (action, error) {
	tree := func(right access.Rights, name string) access.Need {
		return access.Need{Right: right, Name: name, Tree: true}
	}
	switch r.Method {
	case "PROPFIND":
		return action{read, dav((*webdav.Server).Propfind)}, nil
	case "MKCOL":
		return action{write, dav((*webdav.Server).Mkcol)}, nil
	case http.MethodDelete:
		return action{[]access.Need{tree(access.Delete, r.Name)}, dav((*webdav.Server).Delete)}, nil
	case "PROPPATCH":
		return action{write, dav((*webdav.Server).Proppatch)}, nil
	case "LOCK":
		return action{write, dav((*webdav.Server).Lock)}, nil
	case "UNLOCK":
		return action{write, dav((*webdav.Server).Unlock)}, nil
	case "COPY", "MOVE":
		dest, err := destination(r)
		if err != nil {
			return action{}, err
		}
		r.Dest = dest
		permissions := []access.Need{tree(access.Read, r.Name), tree(access.Write, dest)}
		if r.Method == "MOVE" {
			permissions = append(permissions, tree(access.Delete, r.Name))
		}
		return action{permissions, dav((*webdav.Server).CopyOrMove)}, nil
	}
	return action{}, r.NotAllowed()
}

// dav makes a handle of a method of the WebDAV server.
func dav(method func(*webdav.Server, http.ResponseWriter, *request.Request) error) handle {
	return func(h *handler, w http.ResponseWriter, r *request.Request) error { return method(h.dav, w, r) }
}

// destination is the name in the header Destination (RFC 4918 section 10.3).
func destination(r *request.Request) (string, error) {
	u, err := url.Parse(r.Header.Get("Destination"))
	switch {
	case err != nil || u.Path == "":
		return "", semantics.Refuse(http.StatusBadRequest, r.Method+" expects a Destination header with a URL.")
	case u.Host != "" && u.Host != r.Host:
		return "", semantics.Refuse(http.StatusBadGateway, "The Destination is on another server.")
	}
	name, ok := names.Local(u.Path)
	if !ok || name == "." {
		return "", semantics.Refuse(http.StatusForbidden, "Nothing can be stored at "+safetext.Replace(u.Path)+".")
	}
	return name, nil
}
