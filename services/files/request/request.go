// Package request is one request to a share after parsing: its sender, the file
// it concerns, and the sender's permissions.
package request

import (
	"net"
	"net/http"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/semantics"
)

// Request is a parsed request. It belongs to the goroutine that serves it.
type Request struct {
	*http.Request
	Policy   *access.Policy
	Realm    string // shown when a password is requested
	Identity access.Identity
	Link     *access.Link // the link that was followed; nil: none
	Name     string       // below the root
	Slash    bool         // the path ends in a slash: the client means a folder
	Dest     string       // destination of COPY and MOVE, below the root
}

// Client is the IP address of the sender.
func (r *Request) Client() string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Anonymous reports whether the sender gave no password.
func (r *Request) Anonymous() bool { return r.Identity.User == access.Anyone }

// Allowed reports whether the sender has a right on one name.
func (r *Request) Allowed(right access.Rights, name string) bool {
	return r.Policy.Allows(r.Identity, access.Need{Right: right, Name: name})
}

// AllowedBelow is Allowed, but a right on something below name is enough.
func (r *Request) AllowedBelow(right access.Rights, name string) bool {
	return r.Policy.Allows(r.Identity, access.Need{Right: right, Name: name, Some: true})
}

// AllowedTree is Allowed for name and everything below it.
func (r *Request) AllowedTree(right access.Rights, name string) bool {
	return r.Policy.Allows(r.Identity, access.Need{Right: right, Name: name, Tree: true})
}

// AllowedAnyone reports whether everyone has a right on a name, without a
// password.
func (r *Request) AllowedAnyone(right access.Rights, name string) bool {
	return r.Policy.Allows(r.Policy.Anyone(), access.Need{Right: right, Name: name})
}

// Authorize returns nil if the sender has all permissions, else the refusal.
func (r *Request) Authorize(permissions ...access.Need) error {
	if r.Policy.Allows(r.Identity, permissions...) {
		return nil
	}
	for _, p := range permissions {
		if p.Right&(access.Write|access.Delete) != 0 && !r.Policy.Writable() {
			return r.NotAllowed()
		}
	}
	return r.Forbidden()
}

// AuthorizeWrite is Authorize for writing to one name.
func (r *Request) AuthorizeWrite(name string) error {
	return r.Authorize(access.Need{Right: access.Write, Name: name})
}

// Forbidden is the refusal for missing permissions. It requests a password if
// that could help.
func (r *Request) Forbidden() error {
	if r.Identity.Link == "" && r.Anonymous() && r.Policy.HasUsers() {
		return r.Challenge("A user and a password are needed here.")
	}
	return semantics.Refuse(http.StatusForbidden, "You are not allowed to do this here.")
}

// CannotReplace is the refusal for a name that is taken, where the sender has
// no right to replace it.
func (r *Request) CannotReplace(name string) error {
	if r.Anonymous() && r.Policy.HasUsers() {
		return r.Challenge("To replace a file, a user with that right is needed.")
	}
	return semantics.Refuse(http.StatusConflict,
		"There is a file "+safetext.Replace(path.Base(name))+" already, and you may not replace it.")
}

// Challenge requests a password (RFC 7617).
func (r *Request) Challenge(text string) error {
	return &semantics.Refusal{Status: http.StatusUnauthorized, Text: text,
		Header: http.Header{"Www-Authenticate": {`Basic realm="` + quotable(r.Realm) + `", charset="UTF-8"`}}}
}

// quotable replaces the characters that cannot stand in a quoted string.
func quotable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, text)
}

// NotAllowed is the refusal for a method that this share does not offer.
func (r *Request) NotAllowed() error {
	text := "The method " + safetext.Replace(r.Method) + " does nothing here."
	if !r.Policy.Writable() {
		text = "This folder is read-only: only GET and HEAD work."
	}
	return semantics.NotAllowed(r.Methods(), text)
}

// Methods lists the methods of this share, for the header Allow.
func (r *Request) Methods() string {
	if !r.Policy.Writable() {
		return "GET, HEAD, OPTIONS, PROPFIND"
	}
	return "GET, HEAD, OPTIONS, PROPFIND, PUT, POST, DELETE, MKCOL, COPY, MOVE, PROPPATCH, LOCK, UNLOCK"
}
