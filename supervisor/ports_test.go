//go:build linux

package supervisor

import (
	"fmt"
	"net"
	"testing"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// With takeover the supervisor knows the ports by itself. These run without.

func TestThePortThatAProgramOpensIsSeenWithoutTakeover(t *testing.T) {
	s := exe("web", "own")
	s.Port, s.Takeover = configs.NoPort, false
	r := newRig(t, s)
	got := r.wait("web", "seen to listen", func(s api.Service) bool { return s.Addr != "" })
	if len(got.Listens) != 1 || got.Listens[0] != got.Addr || got.State != api.Ready {
		t.Errorf("got %+v", got)
	}
	conn, err := net.Dial("tcp", got.Addr)
	if err != nil {
		t.Fatalf("the address that is shown refuses clients: %v", err)
	}
	conn.Close()
}

func TestAProgramThatListensElsewhereIsDegradedWithoutTakeover(t *testing.T) {
	s := exe("web", "own")
	s.Takeover = false
	r := newRig(t, s)
	expected := r.wait("web", "listening", func(s api.Service) bool { return s.Addr != "" }).Addr
	got := r.waitState("web", api.Degraded)
	_, port, err := net.SplitHostPort(got.Addr)
	if err != nil || got.Addr == expected {
		t.Fatalf("the address that clients can use is not shown: %+v", got)
	}
	_, other, _ := net.SplitHostPort(expected)
	if want := fmt.Sprintf("listens on %s, expected %s", port, other); got.Reason != want {
		t.Errorf("reason %q, want %q", got.Reason, want)
	}
}

func TestAProgramThatUsesItsListenerIsNotDegraded(t *testing.T) {
	s := exe("web", "silent")
	s.Takeover = false
	r := newRig(t, s)
	got := r.waitState("web", api.Ready)
	for range 3 {
		if _, err := ask(got.Addr); err != nil {
			t.Fatal(err)
		}
	}
	if now := r.service("web"); now.State != api.Ready || len(now.Listens) != 1 {
		t.Errorf("got %+v", now)
	}
}
