//go:build unix

package supervisor

import (
	"os"
	"strings"
	"testing"
)

// The command of a service is for people to see; its arguments are not, unless
// the configuration says so.
func TestACommandIsShownWithoutItsArguments(t *testing.T) {
	hidden, shown := exe("hidden", "serve"), exe("shown", "serve")
	hidden.Exec = []string{os.Args[0], "planted", "-pplanted"}
	shown.Exec, shown.ShowArgs = []string{os.Args[0], "visible"}, true
	r := newRig(t, hidden, shown)
	if got := r.service("hidden").Command; !strings.HasSuffix(got, "] and 2 arguments") || strings.Contains(got, "planted") {
		t.Errorf("the command of hidden is shown as %q", got)
	}
	if got := r.service("shown").Command; !strings.Contains(got, "visible") {
		t.Errorf("the command of shown is shown as %q", got)
	}
}
