//go:build unix

package service

import (
	"context"
	"log/slog"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// preparation is the command of before_start while it runs, in the phase
// waiting. The service's goroutine owns it.
type preparation struct {
	done   chan error // capacity 1
	cancel context.CancelFunc
}

// ended is nil while no command runs.
func (p *preparation) ended() <-chan error {
	if p == nil {
		return nil
	}
	return p.done
}

// runHook runs a command of a service that is not its program: with its user,
// folder and environment, and its log. It returns within HookTimeout.
func (e *Environment) runHook(
	ctx context.Context, cfg configs.Service, log *logs.Log, key string, argv []string, variables ...string,
) error {
	ctx, cancel := context.WithTimeout(ctx, cfg.HookTimeout)
	defer cancel()
	settings := settingsOf(cfg, cfg.Port)
	settings.CPUs, settings.OpenFiles, settings.Processes = nil, 0, 0
	if cfg.User != "" {
		var err error
		if settings.User, err = process.UserNamed(cfg.User); err != nil {
			return err
		}
	}
	err := e.Processes.Run(ctx, process.Command{
		Argv: argv, Dir: cfg.Dir, FIFO: log.Output(),
		Env: append(append(e.Variables(cfg), variables...), settings.Variable()),
	})
	switch {
	case err == nil:
		return nil
	case context.Cause(ctx) == context.DeadlineExceeded:
		err = explain.Errorf("hook-failed", "%s: %s did not end within %s; killed",
			key, argv[0], humanize.Setting(cfg.HookTimeout))
	default:
		err = explain.Errorf("hook-failed", "%s: %s: %w", key, argv[0], err)
	}
	log.Note(slog.LevelWarn, err.Error())
	return err
}

// afterStop returns what runs after_stop once a process has ended; nil when
// there is nothing to run.
func (p *processes) afterStop(r *run) func(ctx context.Context) {
	cfg := r.cfg
	if len(cfg.AfterStop) == 0 {
		return nil
	}
	return func(ctx context.Context) {
		reason := contract.Reason + "=" + r.Exit().String()
		_ = p.env.runHook(ctx, cfg, p.log, "after_stop", cfg.AfterStop, reason) // the error is in the log
	}
}
