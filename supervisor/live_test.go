//go:build linux

package supervisor

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// The program reports nothing: its log and the kernel tell of its clients.
func TestTheClientsOfAnyProgramAreCounted(t *testing.T) {
	s := exe("web", "accesslog")
	s.Port = configs.NoPort
	r := newRig(t, s)
	at := r.wait("web", "listening", func(s api.Service) bool { return s.Addr != "" }).Addr
	r.wait("web", "counted", func(s api.Service) bool { return s.Sockets != nil })
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for n := range 20 {
		path := "/found"
		if n%4 == 0 {
			path = "/missing"
		}
		resp, err := client.Get("http://" + at + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	kept, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	got := r.wait("web", "counted", func(s api.Service) bool {
		return s.RequestsTotal == 20 && s.Sockets.Open == 1 && s.Sockets.ConnectionsTotal == 21
	})
	if got.Source != api.SourceAccessLog || !got.CountsRequests() || got.Connections != 1 {
		t.Errorf("got %+v", got)
	}
	if got.Answers == nil || got.Answers.Success != 15 || got.Answers.ClientError != 5 {
		t.Errorf("answers %+v", got.Answers)
	}
	if got.P50MS < 1 || got.Sockets.OutTotal < 20*100 || got.Sockets.InTotal == 0 {
		t.Errorf("got p50 %v ms, sockets %+v", got.P50MS, got.Sockets)
	}
}

func TestASilentProgramGetsAHint(t *testing.T) {
	s := exe("web", "hang")
	s.Port = configs.NoPort
	loud := exe("loud", "accesslog")
	loud.Port = configs.NoPort
	r := newRig(t, s, loud)
	r.wait("web", "given a hint", func(s api.Service) bool { return s.Hint != "" })
	if got := r.service("loud"); got.Hint != "" {
		t.Errorf("a program that writes gets the hint %q", got.Hint)
	}
}
