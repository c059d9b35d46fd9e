package files

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// linkRequest asks for a link.
type linkRequest struct {
	Path           string  `json:"path"`            // as in the URL, decoded
	ExpiresSeconds float64 `json:"expires_seconds"` // 0: never
	Downloads      int     `json:"downloads"`       // 0: any number
}

// linkAnswer is a link that was made; only now its address is known.
type linkAnswer struct {
	access.Link
	URL string `json:"url"` // absolute path on this server
}

// linkRequests lists, makes and revokes the links of a user.
func (h *handler) linkRequests(w http.ResponseWriter, r *request) error {
	if r.id.User == access.Anyone {
		if h.policy.HasUsers() {
			return h.challenge("Links are made by users.")
		}
		return &refusal{status: http.StatusForbidden, text: "Links are made by users, and this share has none."}
	}
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, linksPath), "/")
	switch {
	case r.Method == http.MethodGet && id == "":
		return answerJSON(w, http.StatusOK, map[string]any{"links": h.linksOf(r.id.User)})
	case r.Method == http.MethodPost && id == "":
		return h.makeLink(w, r)
	case r.Method == http.MethodDelete && id != "":
		for _, l := range h.linksOf(r.id.User) {
			if l.ID == id {
				w.WriteHeader(http.StatusNoContent)
				return h.revoke(id)
			}
		}
		return &refusal{status: http.StatusNotFound, text: "You have no such link."}
	}
	return &refusal{status: http.StatusMethodNotAllowed, text: "Links know GET, POST and DELETE.", header: http.Header{"Allow": {"GET, POST, DELETE"}}}
}

func (h *handler) linksOf(user string) []access.Link {
	list := []access.Link{}
	for _, l := range h.links.List() {
		if l.By == user {
			list = append(list, l)
		}
	}
	return list
}

// revoke ends a link and what is being fetched through it.
func (h *handler) revoke(id string) error {
	err := h.links.Revoke(id)
	h.transfers.kickLink(id)
	return err
}

func (h *handler) makeLink(w http.ResponseWriter, r *request) error {
	bad := func(text string) error { return &refusal{status: http.StatusBadRequest, text: text} }
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return &refusal{status: http.StatusUnsupportedMediaType, text: "A link is asked for in application/json."}
	}
	var ask linkRequest
	dec := json.NewDecoder(io.LimitReader(r.Body, 64<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&ask); err != nil {
		return bad("Expected path, expires_seconds and downloads in JSON.")
	}
	name, ok := localName(ask.Path)
	if !ok || ask.ExpiresSeconds < 0 || ask.ExpiresSeconds > 10*365*24*3600 || ask.Downloads < 0 {
		return bad("Expected the path of a file or folder, and no negative numbers.")
	}
	if h.only != "" && name != h.only {
		return notFound(ask.Path)
	}
	// What a link gives away, its maker must be able to read, all of it.
	need := access.Need{Right: access.Read, Name: name, Tree: true}
	if !h.policy.Allows(r.id, need) {
		return h.forbidden(r, []access.Need{need})
	}
	info, err := h.root.Stat(name)
	if err != nil {
		return notFound(ask.Path)
	}
	if err := plain(info); err != nil {
		return err
	}
	link := access.Link{Name: name, Folder: info.IsDir(), By: r.id.User, Downloads: ask.Downloads}
	if ask.ExpiresSeconds > 0 {
		link.Expires = time.Now().Add(time.Duration(ask.ExpiresSeconds * float64(time.Second))).UTC().Truncate(time.Second)
	}
	made, token, err := h.links.Make(link)
	if err != nil {
		return err
	}
	url := linkPrefix + token + "/"
	if !made.Folder {
		url += escapedPath(path.Base(name))[1:]
	}
	return answerJSON(w, http.StatusCreated, linkAnswer{made, url})
}

func answerJSON(w http.ResponseWriter, status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n')) // the client left
	return nil
}
