package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/safetext"
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
			"stop sends each service its stop_signal, and kills what is left of it after its\n" +
				"stop_timeout. A second stop meanwhile kills it at once. It stays stopped until you\nstart it.",
			engine.Stop}),
		a.actionCommand(action{"restart", "restarting", "Stop and start services; their clients wait meanwhile",
			"restart stops services and starts them on the same socket: clients that come\nmeanwhile wait instead of being " +
				"refused.",
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
		act := func() error { return do.act(c, ctx, name) }
		err := a.withProgressUntil(do.doing+" "+safetext.Escape(name), deadlineOf(ctx, c, name), act)
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
