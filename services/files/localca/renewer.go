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
	// maxCame bounds the addresses that were added; the oldest makes place. A
	// machine whose IPv6 address changes daily has a month in one leaf.
	maxCame = 32
	// pause is how long nothing is tried after a failure.
	pause = time.Minute
)

// Renewer keeps the leaf of a running share good: made anew before it ends, and
// for an address or a name that the machine did not have when the leaf was made.
// Nothing is watched: it is looked when a client comes. It is safe for
// concurrent use.
type Renewer struct {
	certFile, keyFile string
	names             func() []string // that the machine has now

	mu     sync.Mutex
	given  x509.Certificate // the names and addresses to begin with
	came   []net.IP         // those that clients came to since, the oldest first
	called []string         // the names of the machine, when they are others than were given
	until  time.Time        // when the leaf is to be made anew
	paused time.Time        // nothing is tried until then
	shown  string           // the fingerprint of the authority
}

// NewRenewer returns the Renewer of a leaf that Make made; nil when the files
// are of another authority than the one beside them, whose owner renews them.
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
	return &Renewer{certFile: certFile, keyFile: keyFile, names: MachineNames, until: leaf.NotAfter.Add(-renewal), shown: humanize.Fingerprint(ca.Raw),
		given: x509.Certificate{DNSNames: leaf.DNSNames, IPAddresses: leaf.IPAddresses}}
}

// Fingerprint is that of the authority that signs now.
func (r *Renewer) Fingerprint() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown
}

// Renew makes the leaf anew if it ends soon, or is not for the address of this
// machine that a client came to or not for the machine's name, and tells whether
// it did. Names and addresses that were given stay; of the names that came later
// the last ones count. The key stays, so that one file is replaced and the pair
// always fits. After an error nothing is tried for a minute.
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
