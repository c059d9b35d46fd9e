// Package announce announces a share in the local network by multicast DNS (RFC
// 6762) and DNS service discovery (RFC 6763).
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

// maxLabel is the longest label of a name, in bytes (RFC 1035 2.3.4).
const maxLabel = 63

// Name returns the name below .local for a folder on a machine, such as
// "ferien-in-osterreich-pi". It is ASCII in lower case: browsers ask for other
// names in Punycode, which multicast DNS does not use. A folder without any such
// letter is called share; an empty machine name is omitted.
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

// label makes a label of at most limit bytes: letters and digits, with single
// hyphens between them. It may be empty.
func label(text string, limit int) string {
	words := strings.FieldsFunc(strings.ToLower(ascii.Spell(text)), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	name := strings.Join(words, "-")
	return strings.TrimRight(name[:min(len(name), limit)], "-")
}

// zone has the answers for a share: a web server on this port of the machine's
// addresses.
func zone(name string, port int, ips []net.IP) (*mdns.MDNSService, error) {
	return mdns.NewMDNSService(name, "_http._tcp", "local.", name+".local.", port, ips, []string{"path=/"})
}

// Serve answers for name.local until ctx ends. It fails if the machine has no
// multicast; the share works without.
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

// addresses returns the addresses by which other machines reach this one.
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
