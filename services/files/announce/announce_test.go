package announce

import (
	"net"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("a", 80)
	for _, c := range []struct{ folder, host, want string }{
		{"Holiday 2026", "pi", "holiday-2026-pi"},
		{"-x-", "Pi-2", "x-pi-2"},
		{"a.b -- c!", "pi.example.org", "a-b-c-pi"},
		{"Ferien in Österreich", "pi", "ferien-in-osterreich-pi"},
		{"été", "", "ete"},
		{"Φωτογραφίες", "pi", "fotografies-pi"},
		{"写真", "pi", "share-pi"},
		{"写真 2026", "pi", "2026-pi"},
		{"***", "", "share"},
		{"", "", "share"},
		{long, "", long[:63]},
		{long, "pi", long[:60] + "-pi"},
		{long, long, long[:31] + "-" + long[:31]},
		{strings.Repeat("a", 59) + " b", "pi", strings.Repeat("a", 59) + "-pi"},
	} {
		got := Name(c.folder, c.host)
		if got != c.want {
			t.Errorf("%q on %q is %q, want %q", c.folder, c.host, got, c.want)
		}
		if _, ok := dns.IsDomainName(got + ".local."); !ok {
			t.Errorf("%q is no name", got)
		}
	}
}

func TestTheNameLeadsToTheAddressAndTheServiceToThePort(t *testing.T) {
	z, err := zone("holiday", 8080, []net.IP{net.ParseIP("192.0.2.7")})
	if err != nil {
		t.Fatal(err)
	}
	a := z.Records(dns.Question{Name: "holiday.local.", Qtype: dns.TypeA})
	if len(a) != 1 || !strings.Contains(a[0].String(), "192.0.2.7") {
		t.Errorf("the address: %v", a)
	}
	for _, r := range z.Records(dns.Question{Name: "_http._tcp.local.", Qtype: dns.TypePTR}) {
		if srv, ok := r.(*dns.SRV); ok && srv.Port == 8080 && srv.Target == "holiday.local." {
			return
		}
	}
	t.Error("the service is not found")
}
