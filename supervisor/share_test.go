//go:build unix

package supervisor

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// A share's process is this test binary, as everything else's.
func TestASharesLife(t *testing.T) {
	t.Setenv("CHILD", "serve")
	r := newRig(t, exe("web", "serve"))
	r.waitState("web", api.Ready)
	folder := t.TempDir()
	s, err := r.Share(r.ctx(), api.ShareRequest{Path: folder, Name: "album", Bind: "127.0.0.1",
		Hosts: []string{"pi.example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.roster.find("album").Snapshot().Config.Hosts; len(got) != 1 || got[0] != "pi.example.org" {
		t.Errorf("its names are %q", got)
	}
	if s.State != api.Ready || s.Share == nil || s.Share.Path != folder || len(s.Share.URLs) != 1 {
		t.Errorf("share %+v %+v", s, s.Share)
	}
	if _, err := ask(s.Addr); err != nil {
		t.Error(err)
	}
	if _, err := r.Share(r.ctx(), api.ShareRequest{Path: folder, Name: "album"}); err == nil {
		t.Error("two services have one name")
	}
	if err := r.Remove(r.ctx(), "album"); err != nil {
		t.Fatal(err)
	}
	if got := r.service("album"); got.Name != "" || alive(s.PID) {
		t.Errorf("it is still there: %+v", got)
	}
	if ln, err := net.Listen("tcp", s.Addr); err != nil {
		t.Errorf("its port is not free: %v", err)
	} else {
		ln.Close()
	}
	// The name is free again, and without one it is made of the folder's.
	for range 2 {
		if _, err := r.Share(r.ctx(), api.ShareRequest{Path: folder, Bind: "127.0.0.1"}); err != nil {
			t.Error(err)
		}
	}
	if n := len(r.Services()); n != 3 {
		t.Errorf("%d services, want 3", n)
	}
}

func TestAShareEndsByItself(t *testing.T) {
	t.Setenv("CHILD", "serve")
	r := newRig(t, exe("web", "serve"))
	r.waitState("web", api.Ready)
	s, err := r.Share(r.ctx(), api.ShareRequest{Path: t.TempDir(), Name: "short", Bind: "127.0.0.1", ExpireSeconds: 3})
	if err != nil {
		t.Fatal(err)
	}
	if s.Share.Expires == nil || time.Until(*s.Share.Expires) > 3*time.Second {
		t.Errorf("it says that it ends at %v", s.Share.Expires)
	}
	r.wait("short", "gone", func(s api.Service) bool { return s.Name == "" })
	if alive(s.PID) {
		t.Error("its process is still there")
	}
}

func TestAShareThatCannotBeLeavesNothing(t *testing.T) {
	t.Setenv("CHILD", "serve")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	r := newRig(t, exe("web", "serve"))
	r.waitState("web", api.Ready)
	for name, c := range map[string]struct {
		req  api.ShareRequest
		code string
		want string
	}{
		"relative": {api.ShareRequest{Path: "x"}, api.CodeBadRequest, "absolute"},
		"missing":  {api.ShareRequest{Path: "/no/such/folder"}, api.CodeBadRequest, "no such folder"},
		"a device": {api.ShareRequest{Path: "/dev/null"}, api.CodeBadRequest, "/dev/null"},
		"bad name": {api.ShareRequest{Path: "/tmp", Name: "a/b"}, api.CodeBadRequest, "letters"},
		"bad port": {api.ShareRequest{Path: "/tmp", Port: 70000}, api.CodeBadRequest, "0 to 65535"},
		"taken port": {api.ShareRequest{Path: "/tmp", Bind: "127.0.0.1", Port: taken.Addr().(*net.TCPAddr).Port},
			api.CodeFailed, "in use"},
		"taken name": {api.ShareRequest{Path: "/tmp", Name: "web"}, api.CodeConflict, "already"},
	} {
		_, err := r.Share(r.ctx(), c.req)
		var refused *api.Error
		if !errors.As(err, &refused) || refused.Code != c.code || !strings.Contains(refused.Message, c.want) {
			t.Errorf("%s: %v; want %s with %q", name, err, c.code, c.want)
		}
	}
	if n := len(r.Services()); n != 1 {
		t.Errorf("%d services, want 1", n)
	}
}
