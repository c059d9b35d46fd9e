package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// outward are the addresses by which another machine may reach this one.
func outward(all []api.Address) (out []address) {
	for _, a := range all {
		u, err := url.Parse(a.URL)
		if err != nil {
			continue
		}
		ip, err := netip.ParseAddr(u.Hostname())
		if err == nil && !ip.IsLoopback() {
			out = append(out, address{a, u.Hostname()})
		}
	}
	return out
}

// address is one with its bare number.
type address struct {
	api.Address
	host string
}

// reachable ranks this machine's addresses as `share` does, and says which
// services are for this machine alone.
func reachable(_ context.Context, m *Machine) []Finding {
	all, err := m.Addresses(80)
	if err != nil {
		return []Finding{note(err.Error(), "see: ip address")}
	}
	others := outward(all)
	if len(others) == 0 {
		return []Finding{problem("this machine has no address in a network: no phone and no other machine reaches it",
			"join a network: plug in the cable, or see: nmcli device wifi list")}
	}
	var found []Finding
	for i, a := range others {
		text := fmt.Sprintf("%s on %s: %s", a.host, a.Interface, a.Note)
		if i == 0 {
			text += "; the likeliest one for a phone"
		}
		found = append(found, ok(text))
	}
	local, open := m.bound()
	if len(local) > 0 {
		found = append(found, note(fmt.Sprintf("only this machine reaches %s: bound to 127.0.0.1", strings.Join(local, ", ")),
			`that is how it starts; to let others in: bind = "::" in its table, or ammarctl share FOLDER`))
	}
	if len(open) > 0 {
		found = append(found, note(fmt.Sprintf("other machines may reach %s", strings.Join(open, ", ")),
			"if a phone cannot: is it in the same Wi-Fi, with mobile data off? Guest networks keep devices apart. Then look "+
				"at the firewall"))
	}
	return found
}

// bound splits the services with a port into those for this machine alone, and
// those that others may reach.
func (m *Machine) bound() (local, open []string) {
	add := func(name, host string) {
		if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.IsLoopback() {
			local = append(local, name)
		} else {
			open = append(open, name)
		}
	}
	if len(m.Services) > 0 {
		for _, s := range m.Services {
			if host, _, err := net.SplitHostPort(s.Addr); err == nil {
				add(s.Name, host)
			}
		}
		return local, open
	}
	for _, s := range m.Config.Services {
		if s.Port > 0 {
			add(s.Name, s.Bind)
		}
	}
	return local, open
}

// firewall tells whether there is one. Only root can see its rules.
func firewall(_ context.Context, m *Machine) []Finding {
	ports := m.openPorts()
	var found []Finding
	text, err := m.ReadFile("/etc/ufw/ufw.conf")
	if err == nil && strings.Contains(strings.ReplaceAll(string(text), " ", ""), "ENABLED=yes") {
		found = append(found, note("ufw is on: it refuses other machines unless told otherwise", "sudo ufw allow "+ports+
			"/tcp"))
	}
	for _, path := range []string{"/run/firewalld.pid", "/run/firewalld"} {
		if m.Exists(path) {
			found = append(found, note("firewalld runs: it refuses other machines unless told otherwise",
				"sudo firewall-cmd --add-port="+ports+"/tcp"))
			break
		}
	}
	if len(found) > 0 {
		return found
	}
	if text, err := m.ReadFile("/proc/modules"); err == nil {
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) > 2 && (f[0] == "nf_tables" || f[0] == "ip_tables") && f[2] != "0" {
				return []Finding{note("packet filter rules may be in force ("+f[0]+"); only root can read them",
					"if others are refused: sudo nft list ruleset, and let tcp port "+ports+" in")}
			}
		}
	}
	return []Finding{ok("no firewall of this machine was seen; a router may have one of its own")}
}

// openPorts names the ports that other machines need, in the form that a firewall's
// command takes, or returns a word for them.
func (m *Machine) openPorts() string {
	for _, s := range m.Services {
		if host, port, err := net.SplitHostPort(s.Addr); err == nil && host != "127.0.0.1" && host != "::1" {
			return port
		}
	}
	for _, s := range m.Config.Services {
		if s.Port > 0 && s.Bind != "127.0.0.1" && s.Bind != "::1" && s.Bind != "localhost" {
			return strconv.Itoa(s.Port)
		}
	}
	return "PORT"
}

// names is about NAME.local, by which shares are announced.
func names(_ context.Context, m *Machine) []Finding {
	if !m.Multicast() {
		return []Finding{note("no interface takes part in multicast: shares are not found by a name",
			"use the address with numbers, or its QR code: ammarctl share FOLDER --qr")}
	}
	return []Finding{ok("shares are announced as NAME.local; a phone that does not know such names takes the address " +
		"with numbers")}
}

func hostPort(bind string, port int) string { return net.JoinHostPort(bind, strconv.Itoa(port)) }
