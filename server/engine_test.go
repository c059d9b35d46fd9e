package server

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/contract"
)

func TestAMMARListenSaysWhereToListen(t *testing.T) {
	t.Setenv(contract.Listen, "127.0.0.1:0")
	s := New(Config{Port: 1, Bind: "192.0.2.1"})
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer s.closeListeners()
	if tcp, ok := addr.(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() || tcp.Port < 2 {
		t.Errorf("it listens on %v", addr)
	}
	t.Setenv(contract.Listen, "8080")
	if _, err := New(Config{}).Listen(); err == nil ||
		!strings.Contains(err.Error(), `AMMAR_LISTEN: expected host:port, got "8080"`) {
		t.Errorf("without a host: %v", err)
	}
}

func TestMetricsOverTheNetworkAreNothingButThat(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{})
	healthy := false
	s.Health("engine", func(context.Context) error {
		if healthy {
			return nil
		}
		return context.Canceled
	})
	stop := s.monitor.serveAside(ln, s.monitor.vitals())
	defer stop()
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	status := func(path string) int {
		res, err := client.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := status("/healthz"); got != http.StatusServiceUnavailable {
		t.Errorf("unwell: /healthz answers %d", got)
	}
	healthy = true
	for path, want := range map[string]int{"/healthz": 200, "/metrics": 200, "/clients": 404, "/stats": 404, "/": 404} {
		if got := status(path); got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
	t.Setenv(contract.Metrics, "nowhere")
	if _, err := s.monitor.serveMetrics("nowhere"); err == nil || !strings.Contains(err.Error(), contract.Metrics) {
		t.Errorf("an address that is none: %v", err)
	}
}
