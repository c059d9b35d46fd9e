package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func downCommand(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Stop every service, then the supervisor",
		Long: `down stops every service, those that others come after last, then the supervisor,
and returns when their ports are free. With --force it kills every process at
once, also when another down is waiting for them.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			before, err := c.Snapshot(cmd.Context())
			if err != nil {
				return err
			}
			running := slices.DeleteFunc(before.Services, func(s api.Service) bool { return s.PID == 0 })
			var names []string
			for _, s := range running {
				names = append(names, s.Name)
			}
			err = a.withProgress("stopping "+strings.Join(names, ", "), func() error {
				down := c.Down
				if force {
					down = c.ForceDown
				}
				if err := down(cmd.Context()); err != nil {
					return err
				}
				if c.Host() != "" {
					return nil
				}
				return awaitGone(cmd.Context(), before.Info.SupervisorPID)
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(a.out, stopped(names))
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "kill every process at once, without its stop_timeout")
	return cmd
}

func stopped(names []string) string {
	if len(names) == 0 {
		return "stopped the supervisor; no service was running"
	}
	return fmt.Sprintf("stopped %s: %s", counted(len(names), "service"), strings.Join(names, ", "))
}

// awaitGone waits until the supervisor's process, which has stopped answering, has
// ended.
func awaitGone(ctx context.Context, pid int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !gone(pid) {
		select {
		case <-ctx.Done():
			return explain.Errorf("supervisor-silent",
				"the supervisor (pid %d) answers no more, but has not ended: %w", pid, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}
