package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// action is start, stop or restart.
type action struct {
	verb, doing string
	short, long string
	act         func(engine, context.Context, string) error
}

func (a *app) actionCommands() []*cobra.Command {
	return []*cobra.Command{
		a.actionCommand(action{"start", "starting", "Start services that do not run",
			"start starts services, and returns when they are ready, or says why one is not. Its\nstart limit counts anew.",
			engine.Start}),
		a.actionCommand(action{"stop", "stopping", "Stop services; they stay stopped",
			"stop lets services finish the requests that run, and kills those that have not ended\nafter their stop_timeout. They stay stopped until somebody starts them.",
			engine.Stop}),
		a.actionCommand(action{"restart", "restarting", "Stop and start services; their clients wait meanwhile",
			"restart stops services and starts them on the same socket: clients that come\nmeanwhile wait instead of being refused.",
			engine.Restart}),
	}
}

func (a *app) actionCommand(do action) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:               do.verb + " NAME...",
		Short:             do.short,
		Long:              do.long,
		Example:           fmt.Sprintf("ammarctl %s files camera\nammarctl %s --all", do.verb, do.verb),
		ValidArgsFunction: a.completeServices,
		RunE: func(cmd *cobra.Command, names []string) error {
			if all == (len(names) > 0) {
				return usageError{fmt.Errorf("expected the names of services, or --all: ammarctl %s NAME", do.verb)}
			}
			c, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			if all {
				services, err := c.Services(cmd.Context())
				if err != nil {
					return err
				}
				for _, s := range services {
					names = append(names, s.Name)
				}
			}
			return a.eachService(cmd.Context(), c, names, do)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every service")
	return cmd
}

// eachService goes on with the others when one fails, and reports all.
func (a *app) eachService(ctx context.Context, c engine, names []string, do action) error {
	var errs []error
	for _, name := range names {
		err := a.patientlyUntil(do.doing+" "+safe(name), deadlineOf(ctx, c, name), func() error { return do.act(c, ctx, name) })
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s, err := c.Service(ctx, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		text := fmt.Sprintf("%s is %s", s.Name, s.State)
		if url := webAddress(s.Addr, s.TLS); url != "" && s.PID != 0 {
			text += " at " + url
		}
		fmt.Fprintln(a.out, text)
	}
	return errors.Join(errs...)
}

func (a *app) downCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop every service, then the supervisor",
		Long: `down stops every service, those that others come after last, then the supervisor,
and returns when their ports are free.`,
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
			err = a.patiently("stopping "+strings.Join(names, ", "), func() error {
				if err := c.Down(cmd.Context()); err != nil {
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
}

func stopped(names []string) string {
	switch len(names) {
	case 0:
		return "stopped the supervisor; no service was running"
	case 1:
		return "stopped 1 service: " + names[0]
	}
	return fmt.Sprintf("stopped %d services: %s", len(names), strings.Join(names, ", "))
}

// awaitGone waits until the supervisor's process, which answers no more, has
// ended.
func awaitGone(ctx context.Context, pid int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !gone(pid) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the supervisor (pid %d) answers no more, but has not ended: %w", pid, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}
