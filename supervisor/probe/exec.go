package probe

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
)

// outputKept is how much of a command's last line is shown when it fails, in
// bytes.
const outputKept = 200

// execCheck expects that a command ends with exit status 0.
func execCheck(p configs.Probe, t target) Check {
	return func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, p.Exec[0], p.Exec[1:]...)
		cmd.Dir, cmd.Env, cmd.WaitDelay = t.dir, t.env, 100*time.Millisecond
		out, err := t.run.Output(cmd)
		if err == nil {
			return nil
		}
		err = commandError(ctx, err)
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		last := lines[len(lines)-1]
		if last == "" {
			return fmt.Errorf("%s: %w", p.Exec[0], err)
		}
		return fmt.Errorf("%s: %w: %s", p.Exec[0], err, last[:min(len(last), outputKept)])
	}
}
