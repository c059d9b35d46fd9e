package server

import (
	"net"
	"net/http"
)

// secureDoors prepares what stands before the answers, once the address is
// known: names, the password file and the certificate.
func (s *Server) secureDoors(addr net.Addr) (err error) {
	s.watchHosts(addr)
	if name := s.cfg.PasswordFile; name != "" {
		passwords, err := LoadPasswords(name)
		if err != nil {
			return err
		}
		s.Protect("/", passwords)
	}
	if s.cfg.TLSCert != "" || s.cfg.TLSKey != "" {
		s.tls, err = loadCertificate(s.cfg.TLSCert, s.cfg.TLSKey, s.log)
	}
	return err
}

// serveFull runs the full lane. Under TLS it has every connection from the
// first byte: what the fast lane saves is little beside the encryption.
func (s *Server) serveFull(hs *http.Server) error {
	if s.tls == nil {
		return hs.Serve(s.full)
	}
	hs.TLSConfig = s.tls.tlsConfig()
	return hs.ServeTLS(s.full, "", "")
}
