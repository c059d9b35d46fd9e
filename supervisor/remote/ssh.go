// Package remote reaches the control socket of another machine through the
// person's own ssh: no port is opened, and no password is ours. On the far side
// `ammarctl dial-stdio` joins the streams of one ssh connection to sockets there.
package remote

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/target"
)

// Asking is whether ssh may ask the person for something.
type Asking bool

// Run is ssh running `ammarctl args` on t. With terminal it has one there, so
// that Ctrl-C reaches it. It ends with ctx.
func Run(ctx context.Context, t target.Target, may Asking, terminal bool, args ...string) *exec.Cmd {
	list := []string{"-e", "none", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"}
	if !may {
		list = append(list, "-o", "BatchMode=yes")
	}
	if terminal {
		list = append(list, "-t")
	} else {
		list = append(list, "-T")
	}
	list = append(append(list, options(t)...), "--", t.Host, commandLine(t, args))
	cmd := exec.CommandContext(ctx, "ssh", list...)
	cmd.WaitDelay = time.Second
	return cmd
}

// options are the arguments of ssh before the host.
func options(t target.Target) []string {
	var list []string
	if t.User != "" {
		list = append(list, "-l", t.User)
	}
	if t.Port != 0 {
		list = append(list, "-p", strconv.Itoa(t.Port))
	}
	return list
}

// commandLine runs ammarctl there with these words. The shell of a command over ssh
// often has a shorter PATH than a login shell, so it also searches the usual places of
// programs. It works in every shell that knows exec and single quotes.
func commandLine(t target.Target, args []string) string {
	script := `PATH="$PATH:$HOME/.local/bin:$HOME/bin:$HOME/go/bin:/usr/local/bin"; exec `
	if t.Program != "" {
		script += quote(t.Program)
	} else {
		script += "ammarctl"
	}
	for _, arg := range args {
		script += " " + quote(arg)
	}
	return "exec sh -c " + quote(script)
}

// quote is arg as a POSIX shell takes it for one word.
func quote(arg string) string { return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'" }
