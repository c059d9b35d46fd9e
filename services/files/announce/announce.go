// Package announce tells the local network about a share by multicast DNS
// (RFC 6762) and DNS service discovery (RFC 6763), so that it can be found by
// a name.
package announce

import (
	"context"
	"io"
	"log"
	"net"
	"strings"

	"github.com/hashicorp/mdns"

	"github.com/ammarctl/ammarctl/internal/ascii"
	"github.com/ammarctl/ammarctl/internal/explain"
)

// maxLabel is how long a label of a name may be, RFC 1035 2.3.4.
const maxLabel = 63

// Name is the name below .local that a share of a folder gets on a machine of
// this name, as "ferien-in-osterreich-pi": ASCII in lower case, since a browser
// asks for anything else in Punycode, which nobody announces. A folder in whose
// name no letter can be spelled is called share; a machine without a name is
// left out.
func Name(folder, host string) string {
	host, _, _ = strings.Cut(host, ".")
	name, of := label(folder, maxLabel), label(host, maxLabel/2)
	if name == "" {
		name = "share"
	}
	if of == "" {
		return name
	}
	return label(name, maxLabel-1-len(of)) + "-" + of
}

// label makes a label of a name, at most so long: letters, digits and single
// hyphens between them; empty when nothing is left.
func label(text string, most int) string {
	words := strings.FieldsFunc(strings.ToLower(ascii.Spell(text)), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	name := strings.Join(words, "-")
	return strings.TrimRight(name[:min(len(name), most)], "-")
}

// zone is what is answered for a share of this name, which is a web server on
// this port of the machine's addresses.
func zone(name string, port int, ips []net.IP) (*mdns.MDNSService, error) {
	return mdns.NewMDNSService(name, "_http._tcp", "local.", name+".local.", port, ips, []string{"path=/"})
}

// Serve answers for name.local until ctx ends. It fails where multicast is
// not to be had; the share goes on without.
func Serve(ctx context.Context, name string, port int) error {
	ips, err := addresses()
	if err != nil || len(ips) == 0 {
		return explain.Errorf("mdns", "cannot announce %s.local: this machine has no address in a network", name)
	}
	service, err := zone(name, port, ips)
	if err != nil {
		return explain.Errorf("mdns", "cannot announce %s.local: %w", name, err)
	}
	server, err := mdns.NewServer(&mdns.Config{Zone: service, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return explain.Errorf("mdns", "cannot announce %s.local: %w", name, err)
	}
	<-ctx.Done()
	return server.Shutdown()
}

// addresses are those by which another machine may reach this one.
func addresses() ([]net.IP, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var ips []net.IP
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			ips = append(ips, n.IP)
		}
	}
	return ips, nil
}
