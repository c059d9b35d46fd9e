// Package addresses lists the ways to reach this machine, best first.
package addresses

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// URLs lists the http URLs of a service that listens on bind and port. If bind is
// empty or unspecified, these are all addresses of this machine. The one that another
// machine most likely reaches is first, loopback last. Otherwise it is just bind. Each
// names its interface and has remarks in Note.
func URLs(bind string, port int) ([]api.Address, error) {
	found, err := system()
	if err != nil {
		return nil, fmt.Errorf("cannot list this machine's addresses: %w", err)
	}
	return urls(found, bind, port), nil
}

// WithName adds the name that is announced in the local network, before
// loopback.
func WithName(urls []api.Address, name string, port int) []api.Address {
	at := len(urls)
	for at > 0 && urls[at-1].Note == loopbackNote {
		at--
	}
	return slices.Insert(slices.Clone(urls), at, api.Address{
		URL: "http://" + net.JoinHostPort(name+".local", strconv.Itoa(port)) + "/", Interface: "mDNS",
		Note: "by name, in the same network",
	})
}

// Secure makes the URLs those of a server with TLS.
func Secure(urls []api.Address) []api.Address {
	out := slices.Clone(urls)
	for i := range out {
		out[i].URL = "https://" + strings.TrimPrefix(out[i].URL, "http://")
	}
	return out
}

const loopbackNote = "this machine only"

// Hosts lists this machine's name and its addresses, best first, without
// loopback.
func Hosts() []string {
	var hosts []string
	if name, err := os.Hostname(); err == nil && name != "" {
		hosts = append(hosts, name)
	}
	found, err := system()
	if err != nil {
		return hosts
	}
	for _, a := range ranked(found) {
		if !a.addr.IsLoopback() {
			hosts = append(hosts, a.addr.String())
		}
	}
	return hosts
}

// local is one address of one interface that is up.
type local struct {
	iface string
	addr  netip.Addr
	route bool // the default route leaves through it
}

func urls(found []local, bind string, port int) []api.Address {
	var out []api.Address
	only, err := netip.ParseAddr(bind)
	any := bind == "" || err == nil && only.IsUnspecified()
	if !any && err != nil {
		// A name, such as localhost: it says best itself where it leads.
		return []api.Address{{URL: "http://" + net.JoinHostPort(bind, strconv.Itoa(port)) + "/"}}
	}
	for _, a := range ranked(found) {
		if bind == "0.0.0.0" && a.addr.Is6() {
			continue
		}
		if !any && a.addr != only {
			continue
		}
		out = append(out, api.Address{
			URL:       "http://" + hostPort(a.addr, port) + "/",
			Interface: a.iface,
			Note:      a.note(),
		})
	}
	if len(out) == 0 && !any {
		out = append(out, api.Address{URL: "http://" + hostPort(only, port) + "/",
			Note: "no interface of this machine has this address now"})
	}
	return out
}

// hostPort escapes the zone of a link-local address as RFC 6874 asks.
func hostPort(a netip.Addr, port int) string {
	return net.JoinHostPort(strings.ReplaceAll(a.String(), "%", "%25"), strconv.Itoa(port))
}

func ranked(found []local) []local {
	out := slices.Clone(found)
	slices.SortStableFunc(out, func(a, b local) int { return cmp.Compare(a.rank(), b.rank()) })
	return out
}

// virtual are the beginnings of the names of interfaces that lead to
// containers and virtual machines on this machine, not to another one.
var virtual = [...]string{"docker", "br-", "veth", "virbr", "lxc", "lxd", "cni", "flannel", "podman", "vmnet",
	"vboxnet"}

// tunnels are prefixes of the interfaces of virtual private networks.
var tunnels = [...]string{"tun", "tap", "wg", "tailscale", "zt", "ppp", "utun"}

func (a local) named(prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(a.iface, p) })
}

// rank orders addresses by how likely another machine reaches them; lower is
// likelier. IPv4 goes first at the same rank: every device types it easily.
func (a local) rank() int {
	rank := 20
	switch {
	case a.addr.IsLoopback():
		rank = 90
	case a.named(virtual[:]):
		rank = 70
	case a.addr.IsLinkLocalUnicast():
		rank = 60
	case a.named(tunnels[:]):
		rank = 40
	case a.route:
		rank = 0
	}
	if a.addr.Is6() {
		rank += 5
	}
	return rank
}

// note says why an address may not do.
func (a local) note() string {
	switch {
	case a.addr.IsLoopback():
		return loopbackNote
	case a.named(virtual[:]):
		return "containers and virtual machines on this machine"
	case a.addr.IsLinkLocalUnicast():
		return "same cable or Wi-Fi only"
	case a.named(tunnels[:]):
		return "through the VPN"
	case a.addr.IsPrivate():
		return "same network"
	}
	return "public address"
}
