package server

import (
	"bytes"
	"net"
	"os"
	"slices"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// hostNames checks the Host header against DNS rebinding: an attacker's page
// whose name server answers 127.0.0.1 asks with a public name. It is set up
// before the first connection and read-only from then on.
type hostNames struct {
	checked bool     // false: any name will do
	extra   [][]byte // besides those that are always local
}

// newHostNames returns the check for a server that listens at addr.
func newHostNames(addr net.Addr, extra []string) hostNames {
	h := hostNames{checked: private(addr)}
	if own, err := os.Hostname(); err == nil && own != "" {
		extra = append(slices.Clone(extra), own) // it may have a domain
	}
	for _, name := range extra {
		if name == "*" {
			h.checked = false
		}
		h.extra = append(h.extra, []byte(name))
	}
	return h
}

// localSuffixes are the domains that no public name server answers for.
var localSuffixes = [...]string{".localhost", ".local", ".internal", ".home.arpa"}

// allows reports whether a request may have this Host header. Addresses, single
// words and names of local domains can't be an attacker's.
func (h *hostNames) allows(host []byte) bool {
	if !h.checked {
		return true
	}
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
	for _, name := range h.extra {
		if bytes.EqualFold(host, name) {
			return true
		}
	}
	return false
}

// unknownHost is the answer to a name that is not allowed, with its remedy.
func unknownHost(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	shown := safetext.Replace(name[:min(len(name), 100)])
	return "421 This service does not know the name " + shown +
		", which could be that of another site's page (DNS rebinding).\n" +
		"Ask for it by its address, or let whoever runs it add the name: --host " + shown +
		", or hosts in the configuration."
}

// private reports whether a listener is reached from this machine or from a
// private network (RFC 1918, RFC 4193, link-local). A listener on all addresses is.
func private(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && (tcp.IP.IsLoopback() || tcp.IP.IsPrivate() || tcp.IP.IsLinkLocalUnicast() || tcp.IP.IsUnspecified())
}
