package localca

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
	"time"
)

func TestALeafIsTrustedByWhoTrustsTheAuthority(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	first, err := Make(dir, []string{"pi", "pi.local", "192.168.1.7", "fe80::1%eth0"}, now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(first.CertFile, first.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(first.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	for _, name := range []string{"pi", "pi.local", "192.168.1.7", "fe80::1"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: "other", Roots: pool}); err == nil {
		t.Error("the leaf is for any name")
	}
	second, err := Make(dir, []string{"pi"}, now)
	if err != nil || second.Fingerprint != first.Fingerprint {
		t.Errorf("another authority: %s, %v", second.Fingerprint, err)
	}
	later, err := Make(dir, []string{"pi"}, now.Add(authorityLife-time.Hour))
	if err != nil || later.Fingerprint == first.Fingerprint {
		t.Errorf("an authority that ends soon stays: %v", err)
	}
	for _, file := range []string{first.KeyFile, dir + "/authority-key.pem"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s is for others too: %v %v", file, info.Mode(), err)
		}
	}
}

func TestABrokenAuthorityIsNotReplacedSilently(t *testing.T) {
	dir := t.TempDir()
	c, err := Make(dir, []string{"pi"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.CAFile, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Make(dir, []string{"pi"}, time.Now()); err == nil {
		t.Error("no error")
	}
}
