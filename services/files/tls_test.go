package files

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files/localca"
)

// The machine got an address after the share's certificate was made.
func TestAShareIsTrustedAtAnAddressThatIsNew(t *testing.T) {
	c, err := localca.Make(t.TempDir(), []string{"pi.local"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ports, done := make(chan int, 1), make(chan error, 1)
	svc := &Service{Root: tree(t, map[string]string{"a.txt": "hello"}),
		Config: server.Config{Bind: "127.0.0.1", TLSCert: c.CertFile, TLSKey: c.KeyFile, Log: io.Discard}}
	go func() { done <- svc.ServeWith(ctx, func(port int) error { ports <- port; return nil }) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	var port int
	select {
	case port = <-ports:
	case err := <-done:
		done <- nil
		t.Fatal(err)
	}
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(text)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	defer client.CloseIdleConnections()
	for range 2 {
		resp, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d/a.txt", port))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.Body.Close(); err != nil || string(body) != "hello" {
			t.Errorf("%q, %v", body, err)
		}
		client.CloseIdleConnections()
	}
}
