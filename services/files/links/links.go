// Package links serves the links that users make for files and folders: it
// lists, makes and revokes them, and resolves the path below a link.
package links

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

const (
	// Path is where users manage their links.
	Path = "/.ammar/links"
	// Prefix is where links lead.
	Prefix = "/.s/"
)

// maxLife is the longest life of a link, in seconds.
const maxLife = 10 * 365 * 24 * 3600

// transfers ends the transfers through a link.
type transfers interface{ AbortLink(id string) }

// Server serves the links of a store. It is safe for concurrent use.
type Server struct {
	store     *store.Store
	links     *access.Links
	only      string
	transfers transfers
}

// New returns the links of a store. only is the one file that is shared; empty
// means the whole folder.
func New(s *store.Store, l *access.Links, only string, t transfers) *Server {
	return &Server{store: s, links: l, only: only, transfers: t}
}

// List returns all links, the newest first.
func (s *Server) List() []access.Link { return s.links.List() }

// Revoke ends a link and the transfers through it.
func (s *Server) Revoke(id string) error {
	err := s.links.Revoke(id)
	s.transfers.AbortLink(id)
	return err
}

// Gone revokes the links to a name that was deleted, and to names below it.
func (s *Server) Gone(name string) {
	_ = s.links.Gone(name) // on an error, the link stays in the file, but opens nothing
}

// Begin counts a download through a link.
func (s *Server) Begin(id string) error { return s.links.Begin(id) }

// Manage lists, makes and revokes the links of the user who asks.
func (s *Server) Manage(w http.ResponseWriter, r *request.Request) error {
	if r.Anonymous() {
		if r.Policy.HasUsers() {
			return r.Challenge("Only users make links.")
		}
		return semantics.Refuse(http.StatusForbidden, "Only users make links, and this share has none.")
	}
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, Path), "/")
	switch {
	case r.Method == http.MethodGet && id == "":
		return semantics.JSON(w, http.StatusOK, map[string]any{"links": s.of(r.Identity.User)})
	case r.Method == http.MethodPost && id == "":
		return s.make(w, r)
	case r.Method == http.MethodDelete && id != "":
		for _, l := range s.of(r.Identity.User) {
			if l.ID == id {
				w.WriteHeader(http.StatusNoContent)
				return s.Revoke(id)
			}
		}
		return semantics.Refuse(http.StatusNotFound, "You have no such link.")
	}
	return semantics.NotAllowed("GET, POST, DELETE", "Links support GET, POST and DELETE.")
}

func (s *Server) of(user string) []access.Link {
	list := []access.Link{}
	for _, l := range s.links.List() {
		if l.By == user {
			list = append(list, l)
		}
	}
	return list
}

// newLink is the body of a request for a link.
type newLink struct {
	Path           string  `json:"path"`            // as in the URL, decoded
	ExpiresSeconds float64 `json:"expires_seconds"` // 0: never
	Downloads      int     `json:"downloads"`       // 0: any number
}

// madeLink is the answer; the address of a link is known only now.
type madeLink struct {
	access.Link
	URL string `json:"url"` // absolute path on this server
}

func (s *Server) make(w http.ResponseWriter, r *request.Request) error {
	body, err := parseNewLink(r)
	if err != nil {
		return err
	}
	name, ok := names.Local(body.Path)
	if !ok || body.ExpiresSeconds < 0 || body.ExpiresSeconds > maxLife || body.Downloads < 0 {
		return semantics.Refuse(http.StatusBadRequest, "Expected the path of a file or folder, and no negative numbers.")
	}
	if s.only != "" && name != s.only {
		return semantics.NotFound(body.Path)
	}
	// A user can share only what the user can read completely.
	if err := r.Authorize(access.Need{Right: access.Read, Name: name, Tree: true}); err != nil {
		return err
	}
	info, err := s.store.Stat(name)
	if err != nil {
		return semantics.NotFound(body.Path)
	}
	if err := store.CheckPlain(info); err != nil {
		return err
	}
	link := access.Link{Name: name, Folder: info.IsDir(), By: r.Identity.User, Downloads: body.Downloads}
	if body.ExpiresSeconds > 0 {
		life := time.Duration(body.ExpiresSeconds * float64(time.Second))
		link.Expires = time.Now().Add(life).UTC().Truncate(time.Second)
	}
	made, token, err := s.links.Make(link)
	if err != nil {
		return err
	}
	url := Prefix + token + "/"
	if !made.Folder {
		url += semantics.EscapedPath(path.Base(name))[1:]
	}
	return semantics.JSON(w, http.StatusCreated, madeLink{made, url})
}

func parseNewLink(r *request.Request) (newLink, error) {
	var body newLink
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return body, semantics.Refuse(http.StatusUnsupportedMediaType, "Expected application/json.")
	}
	dec := json.NewDecoder(io.LimitReader(r.Body, 64<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return body, semantics.Refuse(http.StatusBadRequest, "Expected path, expires_seconds and downloads in JSON.")
	}
	return body, nil
}

// Resolve sets the identity, the link and the name of a request below Prefix.
// Unless redirect is empty, the client must go there instead.
func (s *Server) Resolve(r *request.Request) (redirect string, err error) {
	token, rest, slash := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	link, err := s.links.Open(token, time.Now())
	if err != nil {
		status := http.StatusNotFound
		if errors.Is(err, access.ErrExpired) {
			status = http.StatusGone
		}
		return "", semantics.Refuse(status, semantics.Sentence(err))
	}
	if s.only != "" && link.Name != s.only {
		return "", semantics.NotFound(r.URL.Path) // made when the whole folder was shared
	}
	r.Identity, r.Link = access.LinkIdentity(link), &link
	r.Name = link.Name
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return "", semantics.NotAllowed("GET, HEAD", "A link is for reading: only GET and HEAD work.")
	}
	file := path.Base(link.Name)
	switch {
	case !slash && link.Folder:
		return token + "/", nil
	case !slash:
		return token + "/" + file, nil
	case !link.Folder && rest == "":
		return file, nil
	case !link.Folder && rest != file:
		return "", semantics.NotFound(r.URL.Path)
	case !link.Folder:
		return "", nil
	}
	name, ok := names.Local("/" + rest)
	if !ok {
		return "", semantics.NotFound(r.URL.Path)
	}
	r.Name, r.Slash = path.Join(link.Name, name), rest == "" || strings.HasSuffix(rest, "/")
	return "", nil
}
