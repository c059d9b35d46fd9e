//go:build unix

package supervisor

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// The command of a service is for people to see; its arguments are not, unless
// the configuration says so.
func TestACommandIsShownWithoutItsArguments(t *testing.T) {
	hidden, shown := exe("hidden", "serve"), exe("shown", "serve")
	hidden.Exec = []string{os.Args[0], "planted", "-pplanted"}
	shown.Exec, shown.ShowArgs = []string{os.Args[0], "visible"}, true
	r := newRig(t, hidden, shown)
	if got := r.service("hidden").Command; !strings.HasSuffix(got, "] and 2 arguments") ||
		strings.Contains(got, "planted") {
		t.Errorf("the command of hidden is shown as %q", got)
	}
	if got := r.service("shown").Command; !strings.Contains(got, "visible") {
		t.Errorf("the command of shown is shown as %q", got)
	}
}

func TestAProgramIsToldItsPort(t *testing.T) {
	s := configs.NewService("web", configs.KindExec)
	const show = `echo "PORT=$PORT word=$0 other=$OTHER python=$PYTHONUNBUFFERED"; exec sleep 100`
	s.Exec = []string{"sh", "-c", show, "${PORT}"}
	s.Env = map[string]string{"OTHER": "at ${PORT}"}
	s.Port = configs.FreePort
	own := s
	own.Name, own.Port = "own", configs.NoPort
	own.Env = map[string]string{"PORT": "7", "PYTHONUNBUFFERED": ""}
	r := newRig(t, s, own)
	_, port, err := net.SplitHostPort(r.waitState("web", api.Ready).Addr)
	if err != nil {
		t.Fatal(err)
	}
	r.waitLine("web", fmt.Sprintf("PORT=%s word=%s other=at %s python=1", port, port, port))
	r.waitLine("own", "PORT=7 word=${PORT} other= python=")
}

// waitLine waits for a line in a service's log.
func (r *rig) waitLine(name, line string) {
	r.t.Helper()
	log, err := r.Log(name)
	if err != nil {
		r.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var all []string
		for _, l := range log.Last(-1) {
			if l.Raw == line {
				return
			}
			all = append(all, l.Raw)
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%s never wrote %q, but %q", name, line, all)
		}
	}
}
