//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// onFailureTimeout is how long the command of on_failure may take.
const onFailureTimeout = 30 * time.Second

// gaveUp is told by a service that it has failed. It must not wait.
func (s *Supervisor) gaveUp(cfg configs.Service, why string) {
	if len(cfg.OnFailure) > 0 {
		s.group.Go(func() { s.tellOfFailure(cfg, why) })
	}
	if cfg.Critical {
		s.mu.Lock()
		if s.critical == nil {
			s.critical = explain.Errorf("critical-failed", "%s failed, and it is critical: %s", cfg.Name, why)
		}
		s.mu.Unlock()
		s.Down()
	}
}

// tellOfFailure runs the command of on_failure; what it says goes to the
// service's log.
func (s *Supervisor) tellOfFailure(cfg configs.Service, why string) {
	ctx, cancel := context.WithTimeout(context.Background(), onFailureTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, cfg.OnFailure[0], cfg.OnFailure[1:]...)
	cmd.Dir = cfg.Dir
	cmd.Env = append(process.Environment(), s.variables(cfg)...)
	cmd.Env = append(cmd.Env, contract.Reason+"="+why)
	cmd.WaitDelay = time.Second
	out, err := s.table.Output(cmd)
	svc := s.find(cfg.Name)
	if svc == nil {
		return
	}
	if text := strings.TrimSpace(string(out)); text != "" {
		svc.log.Note(slog.LevelInfo, "on_failure: "+text)
	}
	if err != nil {
		svc.log.Note(slog.LevelWarn, fmt.Sprintf("on_failure: %s: %v", cfg.OnFailure[0], err))
	}
}
