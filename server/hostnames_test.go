package server

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
)

func TestAPrivateServerKnowsItsNames(t *testing.T) {
	r := run(t, Config{Hosts: []string{"pi.example.org"}}, bothLanes)
	for host, want := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:8080": 200, "[::1]:80": 200, "localhost:1": 200, "pi": 200, "pi.local": 200,
		"PI.LOCAL.":   200,
		"a.localhost": 200, "pi.example.org:8080": 200, "Pi.Example.ORG": 200,
		"evil.example.com": 421, "127.0.0.1.evil.com": 421, "local.evil.com:80": 421, "xpi.example.org": 421,
		"evillocal.com": 421,
	} {
		for _, target := range []string{"/hot", "/slow"} {
			if resp, _ := r.ask(t, "GET", target, "Host: "+host); resp.StatusCode != want {
				t.Errorf("GET %s of host %s = %s, want %d", target, host, resp.Status, want)
			}
		}
	}
	all := run(t, Config{Hosts: []string{"*"}}, bothLanes)
	if resp, _ := all.ask(t, "GET", "/hot", "Host: evil.example.com"); resp.StatusCode != 200 {
		t.Errorf("hosts * = %s, want 200", resp.Status)
	}
}

// A server on all addresses is reached from the private network too.
func TestAServerOnAllAddressesKnowsItsNames(t *testing.T) {
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, bind := range []string{"0.0.0.0:80", "[::]:80", "192.168.1.7:80", "[fe80::1%1]:80", "[fd00::1]:80"} {
		names := newHostNames(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(bind)), []string{"pi.example.org"})
		for host, want := range map[string]bool{
			"192.168.1.7:80": true, "203.0.113.9": true, "[2001:db8::1]:80": true, "localhost": true, "": true,
			own: true, own + ":80": true, "pi.local": true, "pi.example.org": true,
			"evil.example.com": false, "192.168.1.7.evil.com": false, own + ".evil.com": false, "www.pi.example.org": false,
			"[evil].com": false, "evil.com:x]": false,
		} {
			if got := names.allows([]byte(host)); got != want {
				t.Errorf("on %s the host %q is allowed: %t, want %t", bind, host, got, want)
			}
		}
	}
	if names := newHostNames(net.TCPAddrFromAddrPort(netip.MustParseAddrPort("203.0.113.9:80")), nil); names.checked {
		t.Error("names are checked on a public address")
	}
}

func TestAnUnknownNameIsToldWhatToDo(t *testing.T) {
	r := run(t, Config{}, bothLanes)
	resp, body := r.ask(t, "GET", "/hot", "Host: pi.example.org:8080")
	for _, part := range []string{"pi.example.org,", "--host pi.example.org,", "hosts in the configuration", "address"} {
		if resp.StatusCode != 421 || !strings.Contains(body, part) {
			t.Errorf("%s %q says nothing of %q", resp.Status, body, part)
		}
	}
}
