package announce

import (
	"net"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestNames(t *testing.T) {
	for given, want := range map[string]string{
		"Holiday 2026": "holiday-2026", "pi": "pi", "-x-": "x", "été": "t", "a.b": "a-b", "": "", "***": "", strings.Repeat("a", 80): strings.Repeat("a", 63),
	} {
		if got := Name(given); got != want {
			t.Errorf("%q is %q, want %q", given, got, want)
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
