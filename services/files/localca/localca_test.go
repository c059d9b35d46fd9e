package localca

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
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
	for _, file := range []string{later.KeyFile, dir + "/authority-key.pem"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s is for others too: %v %v", file, info.Mode(), err)
		}
	}
}

// Shares run at the same time, each with its names.
func TestALeafForOneShareLeavesTheOthers(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	one := []string{"192.168.1.7", "photos-pi.local"}
	first, err := Make(dir, one, now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Make(dir, []string{"192.168.1.7", "talks-pi.local"}, now)
	if err != nil {
		t.Fatal(err)
	}
	for c, name := range map[Certificate]string{first: "photos-pi.local", second: "talks-pi.local"} {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := pair.Leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
		if err := pair.Leaf.VerifyHostname("192.168.1.7"); err != nil {
			t.Error(err)
		}
	}
	text, _ := os.ReadFile(first.CertFile)
	slices.Reverse(one)
	if again, err := Make(dir, one, now.Add(24*time.Hour)); err != nil || again != first {
		t.Errorf("the same share again: %+v, %v", again, err)
	}
	if now, _ := os.ReadFile(first.CertFile); !bytes.Equal(now, text) {
		t.Error("a leaf that is good is made anew")
	}
	if _, err := Make(dir, one, now.Add(leafLife-renewal)); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(first.CertFile); bytes.Equal(now, text) {
		t.Error("a leaf that ends soon stays")
	}
	if _, err := Make(dir, []string{"pi"}, now.Add(2*leafLife)); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "leaf*.pem")); len(left) != 2 {
		t.Errorf("those that have ended are kept: %v", left)
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
