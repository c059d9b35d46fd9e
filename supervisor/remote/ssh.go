package remote

import (
	"context"
	"os/exec"
	"time"
)

// Asking is whether ssh may ask the person for something.
type Asking bool

// Run is ssh running `ammarctl args` on t. With terminal it has one there, so
// that Ctrl-C reaches it. It ends with ctx.
func (t Target) Run(ctx context.Context, may Asking, terminal bool, args ...string) *exec.Cmd {
	list := []string{"-e", "none", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"}
	if !may {
		list = append(list, "-o", "BatchMode=yes")
	}
	if terminal {
		list = append(list, "-t")
	} else {
		list = append(list, "-T")
	}
	list = append(append(list, t.options()...), "--", t.Host, t.commandLine(args))
	cmd := exec.CommandContext(ctx, "ssh", list...)
	cmd.WaitDelay = time.Second
	return cmd
}
