package files

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/ammarctl/ammarctl/services/files/localca"
)

// secured is a service with TLS, and a client's configuration that trusts it.
func secured(t *testing.T, svc *Service) (wire, *tls.Config) {
	t.Helper()
	c, err := localca.Make(t.TempDir(), []string{"localhost", "127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	svc.Config.TLSCert, svc.Config.TLSKey = c.CertFile, c.KeyFile
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return newWire(t, svc), &tls.Config{RootCAs: pool, ServerName: "localhost", NextProtos: []string{"h2"},
		MinVersion: tls.VersionTLS12}
}

// A client that opens streams and ends each at once, or whose header has no
// end, loses its connection; the others keep the share.
func TestFloodsOfHTTP2LeaveTheShareToOthers(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a"})
	if err := os.WriteFile(filepath.Join(root, "big.bin"), make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	w, config := secured(t, &Service{Root: root})
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"},
		{":path", "/big.bin"}} {
		if err := enc.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			t.Fatal(err)
		}
	}
	head := bytes.Clone(block.Bytes())
	for name, flood := range map[string]func(f *http2.Framer) error{
		"streams that are reset": func(f *http2.Framer) error {
			for id := uint32(1); id < 40000; id += 2 {
				if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: head, EndStream: true,
					EndHeaders: true}); err != nil {
					return err
				}
				if err := f.WriteRSTStream(id, http2.ErrCodeCancel); err != nil {
					return err
				}
			}
			return nil
		},
		"a header without an end": func(f *http2.Framer) error {
			if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head}); err != nil {
				return err
			}
			for range 5000 {
				if err := f.WriteContinuation(1, false, bytes.Repeat([]byte{0x00, 0x01, 'x', 0x01, 'y'}, 1000)); err != nil {
					return err
				}
			}
			return nil
		},
		"settings": func(f *http2.Framer) error {
			for range 20000 {
				if err := f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}); err != nil {
					return err
				}
			}
			return nil
		},
		"pings": func(f *http2.Framer) error {
			for range 20000 {
				if err := f.WritePing(false, [8]byte{}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		conn, err := tls.Dial("tcp", w.addr, config)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
			t.Fatal(err)
		}
		f := http2.NewFramer(conn, conn)
		if err := f.WriteSettings(); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, conn) }() // ends with the connection
		// an error says that the server had enough, which is as good as going on
		ended := flood(f)
		conn.Close()
		client := &http.Client{Timeout: 30 * time.Second,
			Transport: &http.Transport{TLSClientConfig: config.Clone(), ForceAttemptHTTP2: true, DisableKeepAlives: true}}
		resp, err := client.Get("https://" + w.addr + "/a.txt")
		if err != nil {
			t.Fatalf("after %s (%v): %v", name, ended, err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || string(body) != "a" || resp.ProtoMajor != 2 {
			t.Errorf("after %s: %s %s %q", name, resp.Proto, resp.Status, body)
		}
	}
}
