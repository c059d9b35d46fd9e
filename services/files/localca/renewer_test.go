package localca

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// leafFor makes a leaf and who renews it.
func leafFor(t *testing.T, now time.Time, hosts ...string) (Certificate, *Renewer) {
	t.Helper()
	c, err := Make(t.TempDir(), hosts, now)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRenewer(c.CertFile, c.KeyFile)
	if r == nil || r.Fingerprint() != c.Fingerprint {
		t.Fatal("a leaf of our own has nobody who renews it")
	}
	r.names = func() []string { return nil } // those of the machine that tests it do not count
	return c, r
}

// good fails the test unless the pair fits and is for all of the hosts.
func good(t *testing.T, c Certificate, now time.Time, hosts ...string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		if err := pair.Leaf.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
	if !now.Add(renewal).Before(pair.Leaf.NotAfter) {
		t.Errorf("it ends on %s already", pair.Leaf.NotAfter)
	}
}

func TestAClientAtANewAddressGetsALeafForIt(t *testing.T) {
	now := time.Now()
	c, r := leafFor(t, now, "pi.local", "192.168.1.7")
	steps := []struct {
		to   string
		want bool
	}{
		{"192.168.1.7", false},
		{"::ffff:192.168.1.7", false},
		{"10.0.0.5", true},
		{"10.0.0.5", false},
		{"fe80::1%eth0", true},
		{"fe80::1%wlan0", false},
		{"192.168.1.7", false},
	}
	for _, step := range steps {
		if renewed, err := r.Renew(netip.MustParseAddr(step.to), now); err != nil || renewed != step.want {
			t.Errorf("%s: renewed is %t, %v; want %t", step.to, renewed, err, step.want)
		}
	}
	if renewed, err := r.Renew(netip.Addr{}, now); err != nil || renewed {
		t.Errorf("no address: %t, %v", renewed, err)
	}
	good(t, c, now, "pi.local", "192.168.1.7", "10.0.0.5", "fe80::1")
	if r.Fingerprint() != c.Fingerprint {
		t.Error("the fingerprint that was shown is no more")
	}
}

func TestAMachineThatIsRenamedGetsALeafForItsName(t *testing.T) {
	now := time.Now()
	c, r := leafFor(t, now, "pi", "pi.local", "192.168.1.7")
	at := netip.MustParseAddr("192.168.1.7")
	for _, step := range []struct {
		host string
		want bool
	}{
		{"pi", false}, {"robot", true}, {"robot", false}, {"", false}, {"kitchen.example.org", true},
		{"kitchen.example.org", false}, {"pi", false},
	} {
		r.names = func() []string { return namesOf(step.host) }
		if renewed, err := r.Renew(at, now); err != nil || renewed != step.want {
			t.Errorf("%s: renewed is %t, %v; want %t", step.host, renewed, err, step.want)
		}
		good(t, c, now, append(namesOf(step.host), "pi.local", "192.168.1.7")...)
	}
	// What changed before the share was started again is noticed too, and both changes at once.
	again := NewRenewer(c.CertFile, c.KeyFile)
	again.names = func() []string { return []string{"cellar", "cellar.local"} }
	if renewed, err := again.Renew(netip.MustParseAddr("10.0.0.5"), now); err != nil || !renewed {
		t.Errorf("started again: %t, %v", renewed, err)
	}
	good(t, c, now, "cellar.local", "kitchen.local", "pi", "10.0.0.5")
	if again.Fingerprint() != c.Fingerprint {
		t.Error("the fingerprint that was shown is no more")
	}
}

func TestTheNamesOfAMachine(t *testing.T) {
	for host, want := range map[string][]string{
		"pi": {"pi", "pi.local"}, "Pi.Local": {"pi.local"}, "pi.example.org.": {"pi.example.org", "pi.local"},
		"": nil, ".": nil, "kü che": nil,
	} {
		if got := namesOf(host); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}

func TestALeafThatEndsSoonIsRenewedWhileItIsUsed(t *testing.T) {
	now := time.Now()
	c, r := leafFor(t, now, "192.168.1.7")
	at := netip.MustParseAddr("192.168.1.7")
	for range 20 { // years
		now = now.Add(leafLife - renewal)
		if renewed, err := r.Renew(at, now); err != nil || !renewed {
			t.Fatalf("at %s: %t, %v", now, renewed, err)
		}
		good(t, c, now, "192.168.1.7")
		if renewed, err := r.Renew(at, now.Add(time.Hour)); err != nil || renewed {
			t.Fatalf("again: %t, %v", renewed, err)
		}
	}
	if r.Fingerprint() == c.Fingerprint {
		t.Error("an authority of ten years is used after twenty")
	}
}

func TestAddressesThatWereGivenStayWhateverComes(t *testing.T) {
	now := time.Now()
	c, r := leafFor(t, now, "192.168.1.7", "203.0.113.9")
	for i := range 3 * maxCame {
		if _, err := r.Renew(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1)), now); err != nil {
			t.Fatal(err)
		}
	}
	good(t, c, now, "192.168.1.7", "203.0.113.9", fmt.Sprintf("2001:db8::%x", 3*maxCame))
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil || len(pair.Leaf.IPAddresses) > 2+maxCame {
		t.Errorf("it is for %d addresses: %v", len(pair.Leaf.IPAddresses), err)
	}
}

func TestAFailureIsToldOnceAMinute(t *testing.T) {
	now := time.Now()
	c, r := leafFor(t, now, "192.168.1.7")
	key := filepath.Join(filepath.Dir(c.CertFile), authorityKey)
	text, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddr("10.0.0.5")
	if _, err := r.Renew(at, now); err == nil {
		t.Error("no error")
	}
	if renewed, err := r.Renew(at, now.Add(pause-time.Second)); err != nil || renewed {
		t.Errorf("tried again at once: %t, %v", renewed, err)
	}
	good(t, c, now, "192.168.1.7")
	if err := os.WriteFile(key, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if renewed, err := r.Renew(at, now.Add(pause)); err != nil || !renewed {
		t.Errorf("mended: %t, %v", renewed, err)
	}
	good(t, c, now, "192.168.1.7", "10.0.0.5")
}

func TestTheCertificateOfAnotherAuthorityIsLeftAlone(t *testing.T) {
	now := time.Now()
	c, _ := leafFor(t, now, "pi")
	other, _ := leafFor(t, now, "pi")
	if err := os.Rename(c.CAFile, other.CAFile); err != nil {
		t.Fatal(err)
	}
	if NewRenewer(other.CertFile, other.KeyFile) != nil {
		t.Error("it would be replaced")
	}
	if NewRenewer(c.CertFile, c.KeyFile) != nil || NewRenewer("", "") != nil {
		t.Error("without an authority beside it, it would be replaced")
	}
}

func TestAPairThatDoesNotFitIsMadeAnew(t *testing.T) {
	now := time.Now()
	c, _ := leafFor(t, now, "pi")
	dir := filepath.Dir(c.CertFile)
	other, err := Make(dir, []string{"other"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other.KeyFile, c.KeyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := Make(dir, []string{"pi"}, now); err != nil {
		t.Fatal(err)
	}
	good(t, c, now, "pi")
}
