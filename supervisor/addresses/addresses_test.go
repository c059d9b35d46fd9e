package addresses

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func laptop() []local {
	a := netip.MustParseAddr
	return []local{
		{iface: "lo", addr: a("127.0.0.1")},
		{iface: "lo", addr: a("::1")},
		{iface: "docker0", addr: a("172.17.0.1")},
		{iface: "eth0", addr: a("169.254.3.4")},
		{iface: "wlan0", addr: a("fe80::1%wlan0")},
		{iface: "wlan0", addr: a("2001:db8::5"), route: true},
		{iface: "wlan0", addr: a("192.168.1.20"), route: true},
		{iface: "wg0", addr: a("10.8.0.2")},
		{iface: "usb0", addr: a("10.42.0.1")},
	}
}

func TestTheAddressThatAnotherMachineMostLikelyReachesIsFirst(t *testing.T) {
	want := []api.Address{
		{URL: "http://192.168.1.20:8080/", Interface: "wlan0", Note: "same network"},
		{URL: "http://[2001:db8::5]:8080/", Interface: "wlan0", Note: "public address"},
		{URL: "http://10.42.0.1:8080/", Interface: "usb0", Note: "same network"},
		{URL: "http://10.8.0.2:8080/", Interface: "wg0", Note: "through the VPN"},
		{URL: "http://169.254.3.4:8080/", Interface: "eth0", Note: "same cable or Wi-Fi only"},
		{URL: "http://[fe80::1%25wlan0]:8080/", Interface: "wlan0", Note: "same cable or Wi-Fi only"},
		{URL: "http://172.17.0.1:8080/", Interface: "docker0", Note: "containers and virtual machines on this machine"},
		{URL: "http://127.0.0.1:8080/", Interface: "lo", Note: "this machine only"},
		{URL: "http://[::1]:8080/", Interface: "lo", Note: "this machine only"},
	}
	for _, bind := range []string{"", "::"} {
		if d := cmp.Diff(want, urls(laptop(), bind, 8080)); d != "" {
			t.Errorf("bind %q: %s", bind, d)
		}
	}
}

func TestABoundAddressIsTheOnlyOne(t *testing.T) {
	for bind, want := range map[string][]api.Address{
		"127.0.0.1": {{URL: "http://127.0.0.1:81/", Interface: "lo", Note: "this machine only"}},
		"localhost": {{URL: "http://localhost:81/"}},
		"10.9.9.9":  {{URL: "http://10.9.9.9:81/", Note: "no interface of this machine has this address now"}},
	} {
		if d := cmp.Diff(want, urls(laptop(), bind, 81)); d != "" {
			t.Errorf("bind %s: %s", bind, d)
		}
	}
	for _, a := range urls(laptop(), "0.0.0.0", 81) {
		if strings.Contains(a.URL, "[") {
			t.Errorf("bound to all of IPv4, yet lists %s", a.URL)
		}
	}
}

func TestThisMachineHasAnAddress(t *testing.T) {
	got, err := URLs("", 8080)
	if err != nil || len(got) == 0 {
		t.Errorf("got %v, %v", got, err)
	}
}
