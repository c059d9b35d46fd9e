// Package announce tells the local network about a share by multicast DNS
// (RFC 6762) and DNS service discovery (RFC 6763), so that it can be found by
// a name.
package announce

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"strings"

	"github.com/hashicorp/mdns"
)

// Name is the name below .local that a share gets: letters, digits and
// hyphens of what is given, 63 at most; empty when nothing is left.
func Name(given string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, given)
	if len(name) > 63 {
		name = name[:63]
	}
	return strings.Trim(name, "-")
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
		return fmt.Errorf("cannot announce %s.local: this machine has no address in a network", name)
	}
	service, err := zone(name, port, ips)
	if err != nil {
		return fmt.Errorf("cannot announce %s.local: %w", name, err)
	}
	server, err := mdns.NewServer(&mdns.Config{Zone: service, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return fmt.Errorf("cannot announce %s.local: %w", name, err)
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
