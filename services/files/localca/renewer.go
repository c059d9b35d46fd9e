package localca

import (
	"crypto/x509"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

const (
	// maxCame bounds the addresses that were added; the oldest is dropped. With a
	// new IPv6 address each day, that is a month.
	maxCame = 32
	// pause is the time to the next try after a failure.
	pause = time.Minute
)

// Renewer renews the leaf of a running share: before it ends, and when the
// machine has a new address or name. It checks that when a client connects. It is
// safe for concurrent use.
type Renewer struct {
	certFile, keyFile string
	names             func() []string // the machine's current names

	mu     sync.Mutex
	given  x509.Certificate // the original names and addresses
	came   []net.IP         // addresses that clients used since, the oldest first
	called []string         // the machine's names, if they differ from the original ones
	until  time.Time        // when the leaf must be renewed
	paused time.Time        // no attempt before this time
	shown  string           // the fingerprint of the authority
}

// NewRenewer returns the Renewer of a leaf from Make. It is nil if another
// authority signed the leaf: then its owner renews it.
func NewRenewer(certFile, keyFile string) *Renewer {
	dir := filepath.Dir(certFile)
	leaf, _, err := read(certFile, keyFile)
	if err != nil {
		return nil
	}
	ca, _, err := read(filepath.Join(dir, authorityFile), filepath.Join(dir, authorityKey))
	if err != nil || leaf.CheckSignatureFrom(ca) != nil {
		return nil
	}
	return &Renewer{certFile: certFile, keyFile: keyFile, names: MachineNames, until: leaf.NotAfter.Add(-renewal),
		shown: humanize.Fingerprint(ca.Raw),
		given: x509.Certificate{DNSNames: leaf.DNSNames, IPAddresses: leaf.IPAddresses}}
}

// Fingerprint is the fingerprint of the current authority.
func (r *Renewer) Fingerprint() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown
}

// Renew renews the leaf if it ends soon, or if it lacks the address that a client
// connected to, or the machine's name. It reports whether it did. The original
// names and addresses stay; of the later ones, the last count. The key stays, so
// only one file is replaced and the pair always matches. After an error, the next
// try is a minute later.
func (r *Renewer) Renew(to netip.Addr, now time.Time) (bool, error) {
	ip := net.IP(to.Unmap().AsSlice())
	names := r.names()
	r.mu.Lock()
	defer r.mu.Unlock()
	known := ip == nil || slices.ContainsFunc(r.given.IPAddresses, ip.Equal) || slices.ContainsFunc(r.came, ip.Equal)
	called := slices.DeleteFunc(names, func(name string) bool { return slices.Contains(r.given.DNSNames, name) })
	renamed := len(called) > 0 && !slices.Equal(called, r.called)
	if known && !renamed && now.Before(r.until) || now.Before(r.paused) {
		return false, nil
	}
	came := r.came
	if !known {
		came = append(slices.Clone(came), ip)
		came = came[max(0, len(came)-maxCame):]
	}
	if len(called) == 0 {
		called = r.called
	}
	if err := r.sign(called, came, now); err != nil {
		r.paused = now.Add(pause)
		return false, err
	}
	r.called, r.came, r.until = called, came, now.Add(leafLife-backdate-renewal)
	return true, nil
}

func (r *Renewer) sign(called []string, came []net.IP, now time.Time) error {
	dir := filepath.Dir(r.certFile)
	ca, key, err := authority(filepath.Join(dir, authorityFile), filepath.Join(dir, authorityKey), now)
	if err != nil {
		return err
	}
	_, leafKey, err := read(r.certFile, r.keyFile)
	if err != nil {
		return err
	}
	leaf := r.given
	leaf.DNSNames = slices.Concat(leaf.DNSNames, called)
	leaf.IPAddresses = slices.Concat(leaf.IPAddresses, came)
	if err := sign(r.certFile, &leaf, leafKey, ca, key, now); err != nil {
		return err
	}
	r.shown = humanize.Fingerprint(ca.Raw)
	return nil
}
