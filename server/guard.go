package server

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
)

// guard is what stands before every answer, in both lanes: who may enter, by
// which name, and what somebody wants to see first. The fast lane asks open;
// what it does not answer at once, enter decides in the full lane.
type guard struct {
	hooks []http.Handler // wrap hook functions: see Before
	areas []area
	hosts [][]byte // names beside those that are always local
	check bool     // whether the Host header is looked at
}

// area is a path, with all below it, that a password protects.
type area struct {
	path string // lower case, without a slash at its end; "" is the whole server
	text []byte // path, for the fast lane
	door *door
}

// Before registers a hook that sees every request ahead of its handler, in
// the order of registration and on a worker of the pool. A hook that returns
// true has answered, and nobody else sees the request. It comes after the
// passwords. A server with hooks answers nothing in the fast lane. Before is to
// be called before Serve.
func (s *Server) Before(hook func(w http.ResponseWriter, r *http.Request) (answered bool)) {
	s.guard.hooks = append(s.guard.hooks, pooled{s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hook(w, r) {
			w.(*response).taken = true
		}
	})})
}

// Protect asks for one of the passwords before anything at path, or below it,
// is answered, in HTTP's Basic scheme (RFC 7617); "/" protects the whole
// server. The path is compared without regard to case, since some file systems
// do so too. Where paths lie in each other, the longest decides. The scheme
// sends the password with each request: outside of the machine it belongs
// under TLS. Protect is to be called before Serve.
func (s *Server) Protect(path string, passwords *Passwords) {
	path = strings.TrimSuffix(strings.ToLower(path), "/")
	s.guard.areas = append(s.guard.areas, area{path, []byte(path), newDoor(passwords)})
}

// open reports whether the fast lane may answer req.
func (g *guard) open(req *request) bool {
	if len(g.hooks) > 0 || g.check && !g.knows(req.host) {
		return false
	}
	if len(g.areas) == 0 {
		return true
	}
	target, _, _ := bytes.Cut(req.target, []byte("?"))
	if bytes.IndexByte(target, '%') >= 0 || bytes.Contains(target, []byte("//")) || bytes.Contains(target, []byte("/.")) {
		return false // what it means is the full lane's to say
	}
	for _, a := range g.areas {
		n := len(a.path)
		if len(target) >= n && bytes.EqualFold(target[:n], a.text) && (len(target) == n || target[n] == '/') {
			return false
		}
	}
	return true
}

// enter decides in the full lane whether r may go on; if not, it is answered.
func (g *guard) enter(w *response, r *http.Request) bool {
	if g.check && !g.knows([]byte(r.Host)) {
		http.Error(w, unknownName(r.Host), http.StatusMisdirectedRequest)
		return false
	}
	if d := g.door(r.URL.Path); d != nil && !d.enter(w, r) {
		return false
	}
	for _, h := range g.hooks {
		if h.ServeHTTP(w, r); w.taken || w.status != 0 {
			return false
		}
	}
	return true
}

// door is the one before the path p, as it came and as it is understood; nil
// if it is open.
func (g *guard) door(p string) (found *door) {
	longest := -1
	raw := strings.ToLower(strings.ReplaceAll(p, `\`, "/"))
	for _, p := range []string{raw, path.Clean("/" + raw)} {
		for _, a := range g.areas {
			below, ok := strings.CutPrefix(p, a.path)
			if ok && (below == "" || below[0] == '/' || a.path == "") && len(a.path) > longest {
				found, longest = a.door, len(a.path)
			}
		}
	}
	return found
}

// localSuffixes end names that no public name server answers for.
var localSuffixes = [...]string{".localhost", ".local", ".internal", ".home.arpa"}

// unknownName says what to do about a name that is not known.
func unknownName(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return "421 This service does not know the name " + printable(name) + ", which could be that of another site's page (DNS rebinding).\n" +
		"Ask for it by its address, or let whoever runs it add the name: --host " + printable(name) + ", or hosts in the configuration."
}

// knows reports whether host is a name by which this service may be asked. A page of an attacker whose name server says 127.0.0.1 (DNS
// rebinding) comes with a public name: addresses, single words and names of
// local zones can't be one.
func (g *guard) knows(host []byte) bool {
	if i := bytes.LastIndexByte(host, ':'); i >= 0 && bytes.IndexByte(host[i:], ']') < 0 {
		host = host[:i]
	}
	host = bytes.TrimSuffix(host, []byte("."))
	if n := len(host); n > 0 && host[0] == '[' {
		return host[n-1] == ']'
	}
	if bytes.IndexByte(host, '.') < 0 || bytes.Trim(host, "0123456789.") == nil {
		return true
	}
	for _, suffix := range localSuffixes {
		if n := len(host) - len(suffix); n > 0 && bytes.EqualFold(host[n:], []byte(suffix)) {
			return true
		}
	}
	for _, name := range g.hosts {
		if bytes.EqualFold(host, name) {
			return true
		}
	}
	return false
}

// private reports whether a listener is reached from this machine or from a
// private network (RFC 1918, RFC 4193, link-local); one on all addresses is.
func private(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && (tcp.IP.IsLoopback() || tcp.IP.IsPrivate() || tcp.IP.IsLinkLocalUnicast() || tcp.IP.IsUnspecified())
}

// watchHosts decides, once the address is known, whether names are checked.
func (s *Server) watchHosts(addr net.Addr) {
	s.guard.check = private(addr)
	names := s.cfg.Hosts
	if own, err := os.Hostname(); err == nil && own != "" {
		names = append(slices.Clone(names), own) // which may have a domain
	}
	for _, name := range names {
		if name == "*" {
			s.guard.check = false
		}
		s.guard.hosts = append(s.guard.hosts, []byte(name))
	}
}

// printable is client's text for a message of plain text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), 100)])
}

// prepareDoors prepares what stands before the answers, once the address is
// known: names, the password file and the certificate.
func (s *Server) prepareDoors(addr net.Addr) (err error) {
	s.watchHosts(addr)
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
