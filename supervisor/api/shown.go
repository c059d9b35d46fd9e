package api

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// shownPorts is how many further ports Address shows.
const shownPorts = 2

// Address is where the service listens, for a table: Addr, and the other ports
// in Listens. "127.0.0.1:8080,8443". It is empty for a service without a port.
func (s Service) Address() string {
	_, first, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return s.Addr
	}
	var more []string
	for _, at := range s.Listens {
		listens, err := netip.ParseAddrPort(at)
		port := strconv.Itoa(int(listens.Port()))
		if err == nil && port != first && !slices.Contains(more, port) {
			more = append(more, port)
		}
	}
	if len(more) == 0 {
		return s.Addr
	}
	if len(more) > shownPorts {
		more = append(more[:shownPorts], "…")
	}
	return s.Addr + "," + strings.Join(more, ",")
}

// CountsRequests tells whether the requests of the service are known.
func (s Service) CountsRequests() bool {
	return s.Pool != nil || s.Source == SourceMetrics || s.Source == SourceAccessLog
}
