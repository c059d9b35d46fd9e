package server

import (
	"bytes"
	"cmp"
	"net"
	"net/http"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/server/auth"
)

// admission decides which requests are answered: it checks the host name, then
// the password, then runs the hooks. The fast lane calls openToAll; what is not
// open to all, admit decides in the full lane. It is set up before the first
// connection and read-only from then on.
type admission struct {
	hooks []http.Handler // wrap hook functions: see Before
	areas []protectedArea
	hosts hostNames
}

// protectedArea is a path, with everything below it, that needs a password.
type protectedArea struct {
	path string // lower case, without a slash at its end; "" is the whole server
	text []byte // path, for the fast lane
	auth *basicAuth
}

// Before registers a hook that sees every request ahead of its handler, in the
// order of registration and on a worker of the pool. A hook that returns true
// has answered, and neither further hooks nor the handler see the request. Hooks
// run after passwords are checked. A server with hooks answers nothing in the
// fast lane. Call Before before Serve.
func (s *Server) Before(hook func(w http.ResponseWriter, r *http.Request) (answered bool)) {
	s.admission.hooks = append(s.admission.hooks, pooled{s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hook(w, r) {
			w.(*response).answered = true
		}
	})})
}

// Protect requires one of the passwords for every request at path or below it,
// in HTTP's Basic scheme (RFC 7617). "/" protects the whole server. The path is
// compared without regard to case, since some file systems do so too. Where paths
// are nested, the longest decides. User returns the name that a request has logged
// in with. Clients that guess are slowed down: see auth.Throttle. The scheme sends
// the password with each request, so use TLS outside this machine. Call Protect
// before Serve.
func (s *Server) Protect(path string, passwords *Passwords) {
	s.ProtectWith(path, passwords.Realm, s.Authenticator(&passwords.Database))
}

// ProtectWith is Protect for an Authenticator that the caller uses elsewhere
// too. An empty realm means "private".
func (s *Server) ProtectWith(path, realm string, a *auth.Authenticator) {
	path = strings.TrimSuffix(strings.ToLower(path), "/")
	b := &basicAuth{a, cmp.Or(realm, "private")}
	s.admission.areas = append(s.admission.areas, protectedArea{path, []byte(path), b})
}

// Authenticator returns one for the accounts of db. It shares the server's
// throttle and logs to the server's log.
func (s *Server) Authenticator(db *auth.Database) *auth.Authenticator {
	return auth.New(db, s.throttle, s.log)
}

// openToAll reports whether the fast lane may answer req.
func (a *admission) openToAll(req *request) bool {
	if len(a.hooks) > 0 || !a.hosts.allows(req.host) {
		return false
	}
	if len(a.areas) == 0 {
		return true
	}
	target, _, _ := bytes.Cut(req.target, []byte("?"))
	if bytes.IndexByte(target, '%') >= 0 || bytes.Contains(target, []byte("//")) || bytes.Contains(target, []byte("/.")) {
		return false // the full lane decodes and cleans it
	}
	for _, area := range a.areas {
		n := len(area.path)
		if len(target) >= n && bytes.EqualFold(target[:n], area.text) && (len(target) == n || target[n] == '/') {
			return false
		}
	}
	return true
}

// admit decides in the full lane. It returns the request for the handler, or
// nil after it has answered the request.
func (a *admission) admit(w *response, r *http.Request) *http.Request {
	if !a.hosts.allows([]byte(r.Host)) {
		http.Error(w, unknownHost(r.Host), http.StatusMisdirectedRequest)
		return nil
	}
	if b := a.basicAuthFor(r.URL.Path); b != nil {
		if r = b.admit(w, r); r == nil {
			return nil
		}
	}
	for _, h := range a.hooks {
		if h.ServeHTTP(w, r); w.answered || w.status != 0 {
			return nil
		}
	}
	return r
}

// basicAuthFor returns the password check for a path, nil if it is open. Both
// the raw and the cleaned path count.
func (a *admission) basicAuthFor(p string) (found *basicAuth) {
	longest := -1
	raw := strings.ToLower(strings.ReplaceAll(p, `\`, "/"))
	for _, p := range []string{raw, path.Clean("/" + raw)} {
		for _, area := range a.areas {
			below, ok := strings.CutPrefix(p, area.path)
			if ok && (below == "" || below[0] == '/' || area.path == "") && len(area.path) > longest {
				found, longest = area.auth, len(area.path)
			}
		}
	}
	return found
}

// prepareAdmission loads what the configuration names, once the address is
// known: host names, the password file and the certificate.
func (s *Server) prepareAdmission(addr net.Addr) (err error) {
	s.admission.hosts = newHostNames(addr, s.cfg.Hosts)
	if name := s.cfg.PasswordFile; name != "" {
		passwords, err := LoadPasswords(name)
		if err != nil {
			return err
		}
		s.Protect("/", passwords)
	}
	if s.cfg.TLSCert != "" || s.cfg.TLSKey != "" {
		if s.tls, err = loadCertificate(s.cfg.TLSCert, s.cfg.TLSKey, s.log); err != nil {
			return err
		}
		s.tls.renew = s.cfg.Renew
	}
	return nil
}
