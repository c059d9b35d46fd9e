package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/server/auth"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/announce"
	"github.com/ammarctl/ammarctl/services/files/localca"
	"github.com/ammarctl/ammarctl/supervisor/addresses"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// shareExtras are flags of share that the supervisor must not see: it gets a hash and
// the names of files.
type shareExtras struct {
	auth string
	tls  bool

	user, made string // made is a password that was not given
	cert       localca.Certificate
}

// apply turns the flags into the request to the supervisor.
func (e *shareExtras) apply(req *api.ShareRequest) error {
	if e.auth != "" {
		user, password, given := strings.Cut(e.auth, ":")
		if user == "" || strings.ContainsAny(user, " \t\n") || user == access.Anyone {
			return usageError{fmt.Errorf("--auth: expected user or user:password, got %q", user)}
		}
		if !given {
			password = strings.ToLower(rand.Text()[:12])
			e.made = password
		}
		hash, err := auth.HashBcrypt(password)
		if err != nil {
			return usageError{fmt.Errorf("--auth: %w", err)}
		}
		rights := access.Read
		if req.Upload {
			rights |= access.Write | access.Delete
		}
		e.user = user
		req.Users = []string{fmt.Sprintf("%s:%s /=%s", user, hash, rights)}
	}
	host, _ := os.Hostname() // a share without a name is a share
	if reachable(req.Bind) {
		base := req.Name
		if base == "" {
			base = filepath.Base(req.Path)
		}
		req.MDNS = announce.Name(base, host)
	}
	if !e.tls {
		return nil
	}
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	for _, own := range addresses.Hosts() {
		if _, err := netip.ParseAddr(own); err == nil { // its name is among the machine's
			hosts = append(hosts, own)
		}
	}
	if bound, err := netip.ParseAddr(req.Bind); err == nil && !bound.IsUnspecified() {
		hosts = append(hosts, req.Bind)
	}
	for _, name := range req.Hosts {
		if name != "*" {
			hosts = append(hosts, name)
		}
	}
	hosts = append(hosts, localca.MachineNames()...)
	if req.MDNS != "" {
		hosts = append(hosts, req.MDNS+".local")
	}
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("cannot keep a certificate: %w", err)
		}
		state = filepath.Join(home, ".local", "state")
	}
	var err error
	if e.cert, err = localca.Make(filepath.Join(state, "ammarctl", "tls"), hosts, time.Now()); err != nil {
		return err
	}
	req.TLSCert, req.TLSKey = e.cert.CertFile, e.cert.KeyFile
	return nil
}

// reachable tells whether another machine can come to what listens there.
func reachable(bind string) bool {
	addr, err := netip.ParseAddr(bind)
	return bind == "" || err == nil && !addr.IsLoopback()
}

func openFor(upload bool) string {
	if upload {
		return " for reading and adding"
	}
	return ", read-only"
}

func (e *shareExtras) whom() string {
	if e.user != "" {
		return e.user + ", who can reach"
	}
	return "whoever can reach"
}

// print says what else the other machine has to know.
func (e *shareExtras) print(out io.Writer) {
	if e.made != "" {
		fmt.Fprintf(out, "\nUser %s, password %s\n", safetext.Escape(e.user), e.made)
	}
	if e.cert.Fingerprint == "" {
		return
	}
	first, second := humanize.FingerprintLines(e.cert.Fingerprint)
	fmt.Fprintf(out, "\nThe browser warns at first: the certificate is of this machine's own authority.\nCompare its "+
		"SHA-256 fingerprint,\n  %s\n  %s\nor let the device trust %s\n",
		first, second, e.cert.CAFile)
}
