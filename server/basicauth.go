package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/server/auth"
)

// Passwords is a set of users who may log in: names, each with the hash of a
// password. Add and AddPasswordFile fill it; a file is read again when it
// changes on disk. The zero value is empty and ready to use.
type Passwords struct {
	// Realm is shown by the browser when it asks for a password; default "private".
	Realm string

	auth.Database
}

// ReadPasswords reads lines "user:hash", the format of htpasswd. Empty lines
// and lines that begin with # are skipped. An error names its line. A file
// without any user is an error: it would lock everyone out.
func ReadPasswords(r io.Reader) (*Passwords, error) {
	p := new(Passwords)
	if err := p.Database.ReadPasswords(r); err != nil {
		return nil, err
	}
	return p, nil
}

// LoadPasswords reads a file in the format of ReadPasswords. The file is read
// again when it changes on disk; if it can't be used then, the last good
// passwords stay.
func LoadPasswords(name string) (*Passwords, error) {
	p := new(Passwords)
	if err := p.AddPasswordFile(name); err != nil {
		return nil, err
	}
	return p, nil
}

// HashPassword makes a hash for Passwords.Add, with argon2id (RFC 9106). Making
// and checking it take some tens of milliseconds and 7 MiB.
func HashPassword(password string) string { return auth.HashArgon2id(password) }

// userKey is the context key of the user that has logged in.
type userKey struct{}

// User returns the name of the user that r has logged in as. ok is false where
// Protect does not protect the path.
func User(r *http.Request) (name string, ok bool) {
	name, ok = r.Context().Value(userKey{}).(string)
	return name, ok
}

// basicAuth asks for a password in HTTP's Basic scheme (RFC 7617).
type basicAuth struct {
	*auth.Authenticator
	realm string
}

// admit returns r with its user if r has the right password; otherwise it
// answers the request and returns nil.
func (b *basicAuth) admit(w http.ResponseWriter, r *http.Request) *http.Request {
	user, password, ok := r.BasicAuth()
	if !ok {
		b.challenge(w, "a name and its password are needed")
		return nil
	}
	err := b.Authenticate(r.Context(), auth.RemoteAddr(r.RemoteAddr), user, password)
	var throttled *auth.ThrottledError
	switch {
	case err == nil:
		return r.WithContext(context.WithValue(r.Context(), userKey{}, user))
	case errors.As(err, &throttled):
		seconds := strconv.Itoa(throttled.Seconds())
		w.Header().Set("Retry-After", seconds)
		text := "too many wrong passwords; try again in " + seconds + " s"
		http.Error(w, "429 "+explain.Mark("login-throttled", text), http.StatusTooManyRequests)
	case errors.Is(err, auth.ErrWrongCredentials):
		b.challenge(w, explain.Mark("wrong-password", "the name or the password is wrong"))
	} // otherwise the client has left
	return nil
}

// challenge requests a password (RFC 7617).
func (b *basicAuth) challenge(w http.ResponseWriter, text string) {
	w.Header().Set("WWW-Authenticate", "Basic realm="+strconv.QuoteToASCII(b.realm)+`, charset="UTF-8"`)
	http.Error(w, "401 "+text, http.StatusUnauthorized)
}
