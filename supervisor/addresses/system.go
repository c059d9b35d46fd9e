package addresses

import (
	"net"
	"net/netip"
)

// system asks the kernel for the addresses of all interfaces that are up.
func system() ([]local, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	routed := routedAddrs()
	var found []local
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // the interface has disappeared
		}
		for _, a := range addrs {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			addr := prefix.Addr().Unmap()
			_, route := routed[addr]
			if addr.IsLinkLocalUnicast() && addr.Is6() {
				addr = addr.WithZone(i.Name)
			}
			found = append(found, local{iface: i.Name, addr: addr, route: route})
		}
	}
	return found, nil
}

// routedAddrs are the addresses that the kernel would send from to the
// outside. Connecting a UDP socket asks it for the route and sends nothing;
// the destinations are documentation addresses (RFC 5737, RFC 3849).
func routedAddrs() map[netip.Addr]struct{} {
	out := map[netip.Addr]struct{}{}
	for network, to := range map[string]string{"udp4": "192.0.2.1:9", "udp6": "[2001:db8::1]:9"} {
		conn, err := net.Dial(network, to)
		if err != nil {
			continue // no route
		}
		if a, ok := conn.LocalAddr().(*net.UDPAddr); ok {
			out[a.AddrPort().Addr().Unmap()] = struct{}{}
		}
		_ = conn.Close()
	}
	return out
}
