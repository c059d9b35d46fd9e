package remote

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/internal/target"
)

// FuzzCommandLine has a real shell take the words apart again.
func FuzzCommandLine(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("there is no sh")
	}
	f.Add("it's", "$(reboot) `x` \\ \"")
	f.Add("", "a\nb")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a+b, "\x00") {
			t.Skip("no argument has it")
		}
		line := commandLine(target.Target{Host: "x", Program: "/usr/bin/printf"}, []string{"%s|%s|", a, b})
		out, err := exec.Command(sh, "-c", line).Output()
		if want := a + "|" + b + "|"; err != nil || string(out) != want {
			t.Errorf("%q came as %q, %v", want, out, err)
		}
	})
}
