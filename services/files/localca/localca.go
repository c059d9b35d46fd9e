// Package localca makes certificates for machines without a public name: a
// private authority of this user, and a leaf for the machine's current names and
// addresses. A device that trusts the authority trusts all its shares; on others,
// people compare the fingerprint.
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/humanize"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	// leafLife is the longest life that Apple's devices accept from a private
	// authority.
	leafLife = 397 * 24 * time.Hour
	// renewal is how long before its end a leaf is renewed.
	renewal = 60 * 24 * time.Hour
	// backdate allows for devices whose clocks are behind.
	backdate = 24 * time.Hour
)

// The authority's files in its folder.
const (
	authorityFile = "authority.pem"
	authorityKey  = "authority-key.pem"
)

// Certificate is a leaf with its key, as files in PEM.
type Certificate struct {
	CertFile string // the leaf and its authority
	KeyFile  string // readable by this user only
	CAFile   string // the authority, for the devices
	// Fingerprint is the SHA-256 of the authority's certificate, in pairs of
	// hexadecimal digits with colons, as browsers and openssl show it.
	Fingerprint string
}

// Make returns a leaf for hosts (names or addresses), signed by the authority in
// the folder dir. Each set of hosts has its own leaf, so shares do not affect each
// other. Leaves that end soon are renewed, expired ones are removed. An authority
// with less than a year left is replaced.
func Make(dir string, hosts []string, now time.Time) (Certificate, error) {
	hosts = slices.Compact(slices.Sorted(slices.Values(hosts)))
	id := sha256.Sum256([]byte(strings.Join(hosts, "\n")))
	base := filepath.Join(dir, fmt.Sprintf("leaf-%x", id[:6]))
	c := Certificate{CertFile: base + ".pem", KeyFile: base + "-key.pem", CAFile: filepath.Join(dir, authorityFile)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, explain.Errorf("local-authority", "cannot keep certificates: %w", err)
	}
	ca, key, err := authority(c.CAFile, filepath.Join(dir, authorityKey), now)
	if err != nil {
		return c, err
	}
	c.Fingerprint = humanize.Fingerprint(ca.Raw)
	sweep(dir, now)
	old, leafKey, err := read(c.CertFile, c.KeyFile)
	if err == nil && now.Add(renewal).Before(old.NotAfter) && old.CheckSignatureFrom(ca) == nil &&
		leafKey.PublicKey.Equal(old.PublicKey) {
		return c, nil
	}
	if leafKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return c, err
	}
	if err := writeKey(c.KeyFile, leafKey); err != nil {
		return c, err
	}
	leaf := &x509.Certificate{}
	for _, host := range hosts {
		bare, _, _ := strings.Cut(host, "%")
		if ip := net.ParseIP(bare); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
			continue
		}
		leaf.DNSNames = append(leaf.DNSNames, host)
	}
	return c, sign(c.CertFile, leaf, leafKey, ca, key, now)
}

// MachineNames returns the names of this machine: its host name, and its name
// below .local for multicast DNS. Names that no certificate can hold are omitted.
func MachineNames() []string {
	host, err := os.Hostname()
	if err != nil {
		return nil
	}
	return namesOf(host)
}

func namesOf(host string) []string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	first, _, _ := strings.Cut(host, ".")
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	}
	if first == "" || strings.ContainsFunc(host, strange) {
		return nil
	}
	return slices.Compact([]string{host, first + ".local"})
}

// sign writes the certificate of a leaf for the names and addresses in it.
func sign(file string, leaf *x509.Certificate, leafKey *ecdsa.PrivateKey, ca *x509.Certificate, key *ecdsa.PrivateKey,
	now time.Time) error {
	signed := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "ammarctl share"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLife - backdate),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: leaf.DNSNames, IPAddresses: leaf.IPAddresses,
	}
	der, err := x509.CreateCertificate(rand.Reader, signed, ca, &leafKey.PublicKey, key)
	if err != nil {
		return fmt.Errorf("cannot make a certificate for %s: %w", file, err)
	}
	return replace(file, append(block("CERTIFICATE", der), block("CERTIFICATE", ca.Raw)...))
}

// sweep removes expired leaves, which accumulate when addresses change.
func sweep(dir string, now time.Time) {
	files, _ := filepath.Glob(filepath.Join(dir, "leaf*.pem")) // the pattern is valid
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && now.Sub(info.ModTime()) > leafLife {
			_ = os.Remove(file) // a leaf that stays is harmless
		}
	}
}

// authority reads the authority, or creates it.
func authority(certFile, keyFile string, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	cert, key, err := read(certFile, keyFile)
	switch {
	case err == nil && now.Add(365*24*time.Hour).Before(cert.NotAfter):
		return cert, key, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, nil, explain.Errorf("local-authority",
			"cannot use the authority in %s: %w; remove it to have a new one made", certFile, err)
	}
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	host, _ := os.Hostname() // the name is for people; it may be empty
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "ammarctl on " + host, Organization: []string{"ammarctl"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	if err := writeKey(keyFile, key); err != nil {
		return nil, nil, err
	}
	if err := replace(certFile, block("CERTIFICATE", der)); err != nil {
		return nil, nil, err
	}
	cert, err = x509.ParseCertificate(der)
	return cert, key, err
}

func read(certFile, keyFile string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	certText, err := os.ReadFile(certFile)
	if err != nil {
		return nil, nil, err
	}
	keyText, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, nil, err
	}
	certBlock, _ := pem.Decode(certText)
	keyBlock, _ := pem.Decode(keyText)
	if certBlock == nil || keyBlock == nil {
		return nil, nil, fmt.Errorf("expected PEM in it, and in %s", keyFile)
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	return cert, key, err
}

func writeKey(file string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return replace(file, block("EC PRIVATE KEY", der))
}

// replace writes a file for this user only, in one step. Two shares may do so at
// once.
func replace(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.new")
	if err != nil {
		return fmt.Errorf("cannot keep a certificate: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("cannot keep a certificate: %w", err)
	}
	return nil
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
