//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/service"
)

// onFailureTimeout is how long the command of on_failure may take.
const onFailureTimeout = 30 * time.Second

// failures does what follows when a service gives up: it runs the command of
// on_failure, and takes the instance down for a critical service.
type failures struct {
	env  *service.Environment
	down func()

	commands sync.WaitGroup
	mu       sync.Mutex
	critical error // why the first critical service failed; nil if none did
}

// handle does not wait for the command.
func (f *failures) handle(cfg configs.Service, why string, log *logs.Log) {
	if len(cfg.OnFailure) > 0 {
		f.commands.Go(func() { runOnFailure(f.env, cfg, why, log) })
	}
	if !cfg.Critical {
		return
	}
	f.mu.Lock()
	if f.critical == nil {
		f.critical = explain.Errorf("critical-failed", "%s failed, and it is critical: %s", cfg.Name, why)
	}
	f.mu.Unlock()
	f.down()
}

// wait returns when no command runs. Call it once no service can fail any more.
func (f *failures) wait() { f.commands.Wait() }

// runOnFailure runs the command of on_failure. Its output goes to the service's
// log.
func runOnFailure(env *service.Environment, cfg configs.Service, why string, log *logs.Log) {
	ctx, cancel := context.WithTimeout(context.Background(), onFailureTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, cfg.OnFailure[0], cfg.OnFailure[1:]...)
	cmd.Dir = cfg.Dir
	cmd.Env = append(process.Environment(), env.Variables(cfg)...)
	cmd.Env = append(cmd.Env, contract.Reason+"="+why)
	cmd.WaitDelay = time.Second
	out, err := env.Processes.Output(cmd)
	if text := strings.TrimSpace(string(out)); text != "" {
		log.Note(slog.LevelInfo, "on_failure: "+text)
	}
	if err != nil {
		log.Note(slog.LevelWarn, fmt.Sprintf("on_failure: %s: %v", cfg.OnFailure[0], err))
	}
}
