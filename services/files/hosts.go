package files

import (
	"net"
	"net/netip"
	"os"
	"strings"
)

// hosts are the names under which this machine may be spoken to. A page of
// another site can make a browser resolve its own name to our address, and
// would then be of the same origin as the share; its name gives it away.
type hosts struct{ names map[string]bool }

func newHosts(declared []string) hosts {
	h := hosts{map[string]bool{"localhost": true}}
	if name, err := os.Hostname(); err == nil && name != "" {
		h.names[strings.ToLower(name)] = true
	}
	for _, name := range declared {
		h.names[strings.ToLower(strings.TrimSuffix(name, "."))] = true
	}
	return h
}

// allow tells whether a Host header names this machine: by an IP address, as
// localhost or below it, by its own name, below .local, .lan or .home.arpa,
// which no stranger can register, or by a declared name.
func (h hosts) allow(host string) bool {
	name := host
	if split, _, err := net.SplitHostPort(host); err == nil {
		name = split
	}
	name = strings.Trim(name, "[]")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if h.names[name] {
		return true
	}
	for _, ending := range []string{".localhost", ".local", ".lan", ".home.arpa"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}
