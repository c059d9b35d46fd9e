package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate writes a self-signed pair for 127.0.0.1 with this serial number.
func writeCertificate(t testing.TB, dir string, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der},
		key: {Type: "EC PRIVATE KEY", Bytes: bytes}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func tlsClient(t testing.TB) *http.Client {
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 15 * time.Second}
}

func TestTLSSpeaksHTTP2AndAllElseHolds(t *testing.T) {
	cert, key := writeCertificate(t, t.TempDir(), 1)
	r := run(t, Config{TLSCert: cert, TLSKey: key}, func(s *Server) {
		bothLanes(s)
		s.Protect("/private", quickPasswords(t, "ann", "secret"))
		s.Stream("GET /stream", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "one")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("Flush over HTTP/2 = %v", err)
			}
			<-r.Context().Done()
		}))
	})
	client := tlsClient(t)
	for target, want := range map[string]int{"/hot": 200, "/slow": 200, "/private/hot": 401} {
		resp, err := client.Get("https://" + r.addr + target)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.ProtoMajor != 2 || resp.StatusCode != want || resp.Header.Get("X-Content-Type-Options") == "" {
			t.Errorf("%s = %s %s, want HTTP/2.0 %d", target, resp.Proto, resp.Status, want)
		}
	}
	if c := r.Clients(); len(c) != 1 || c[0].Requests != 3 || c[0].Bytes == 0 || c[0].Connections != 1 {
		t.Errorf("clients = %+v, want one with 3 requests", c)
	}
	resp, err := client.Get("https://" + r.addr + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 3)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "one" {
		t.Errorf("the stream = %q, %v", first, err)
	}
	if err := r.stop(); err != nil {
		t.Errorf("a drain under TLS = %v", err)
	}
}

func TestAPlainRequestToATLSPortIsToldSo(t *testing.T) {
	cert, key := writeCertificate(t, t.TempDir(), 1)
	r := run(t, Config{TLSCert: cert, TLSKey: key}, bothLanes)
	if resp, _ := r.get(t, "/hot"); resp.StatusCode != 400 {
		t.Errorf("= %s, want 400", resp.Status)
	}
}

func TestAChangedCertificateIsUsedAndABrokenOneIsNot(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, 1)
	log := new(safeBuffer)
	s := New(Config{Log: log})
	c, err := loadCertificate(cert, key, s.log)
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.checked = time.Time{}
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	writeCertificate(t, dir, 2)
	later := time.Now().Add(time.Minute)
	os.Chtimes(cert, later, later)
	if got := serial(); got != 2 {
		t.Errorf("the certificate in use has number %d, want 2", got)
	}
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("after a broken file: number %d, want 2", got)
	}
	writeCertificate(t, dir, 300)
	if got := serial(); got != 300 {
		t.Errorf("after it is mended: number %d, want 300", got)
	}
}

func TestTLSWithoutAKeyIsAnErrorBeforeServing(t *testing.T) {
	for _, cfg := range []Config{{TLSCert: "x"}, {TLSKey: "x"}, {TLSCert: "/nowhere", TLSKey: "/nowhere"},
		{PasswordFile: "/nowhere"}} {
		cfg.Log = io.Discard
		if err := New(cfg).Serve(t.Context()); err == nil || strings.Contains(err.Error(), "panic") {
			t.Errorf("Serve with %+v = %v, want an error", cfg, err)
		}
	}
}
