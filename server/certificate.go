package server

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// certificateCheck is the shortest time between two checks of the files.
const certificateCheck = time.Second

// certificate is a key pair in files that may be replaced while the server
// runs, as ACME clients do. A broken pair is logged once and the last good
// one stays.
type certificate struct {
	cert, key string
	renew     func(to netip.Addr) (bool, error) // may be nil
	log       *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   [2]stamp
	checked time.Time
}

// stamp tells one version of a file from another.
type stamp struct {
	modified time.Time
	size     int64
}

func loadCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	if cert == "" || key == "" {
		return nil, explain.Errorf("certificate-pair", "TLS needs both a certificate and its key")
	}
	c := &certificate{cert: cert, key: key, log: log}
	c.stamp, c.checked = c.stamps(), time.Now()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, explain.Errorf("certificate-pair", "cannot load the certificate %s with the key %s: %w", cert, key, err)
	}
	c.pair = &pair
	return c, nil
}

func (c *certificate) stamps() (s [2]stamp) {
	for i, name := range [2]string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

// get is for tls.Config: the pair as it is in the files now.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	renewed := c.renewed(hello)
	now := time.Now()
	if !renewed && now.Sub(c.checked) < certificateCheck {
		return c.pair, nil
	}
	c.checked = now
	stamp := c.stamps()
	if !renewed && stamp == c.stamp {
		return c.pair, nil
	}
	c.stamp = stamp
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		c.log.Warn("the new certificate cannot be used; the old one stays", "cert", c.cert, "key", c.key, "error", err)
		return c.pair, nil
	}
	c.pair = &pair
	c.log.Info("a new certificate is used", "cert", c.cert)
	return c.pair, nil
}

// renewed asks Config.Renew whether the files fit the address that a client connected
// to, and returns true if they were made again.
func (c *certificate) renewed(hello *tls.ClientHelloInfo) bool {
	if c.renew == nil || hello.Conn == nil {
		return false
	}
	tcp, ok := hello.Conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return false
	}
	renewed, err := c.renew(tcp.AddrPort().Addr())
	if err != nil {
		c.log.Warn("the certificate cannot be renewed; the old one stays", "cert", c.cert, "error", err)
	}
	return renewed
}

// tlsConfig allows TLS 1.2 and later; net/http adds HTTP/2 to it.
func (c *certificate) tlsConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}
