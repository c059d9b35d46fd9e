package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// action is start, stop or restart.
type action struct {
	verb, doing string
	short, long string
	act         func(engine, context.Context, string) error
}

func startCommand(a *app) *cobra.Command {
	return actionCommand(a, action{"start", "starting", "Start services that do not run",
		"start starts services, and returns when they are ready, or says why one is not. Its\nstart limit begins again.",
		engine.Start})
}

func stopCommand(a *app) *cobra.Command {
	return actionCommand(a, action{"stop", "stopping", "Stop services; they stay stopped",
		"stop sends each service its stop_signal, and kills what is left of it after its\n" +
			"stop_timeout. A second stop meanwhile kills it at once. It stays stopped until you\nstart it.",
		engine.Stop})
}

func restartCommand(a *app) *cobra.Command {
	return actionCommand(a, action{"restart", "restarting", "Stop and start services; their clients wait meanwhile",
		"restart stops services and starts them on the same socket: clients that come\nmeanwhile wait instead of being " +
			"refused.",
		engine.Restart})
}

func actionCommand(a *app, do action) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   do.verb + " NAME|@GROUP...",
		Short: do.short,
		Long:  do.long,
		Example: fmt.Sprintf("ammarctl %s files camera\n"+
			"ammarctl %[1]s @web     # the services with groups = [\"web\"]\nammarctl %[1]s --all", do.verb),
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
			if names, err = expandNames(cmd.Context(), c, names); err != nil {
				return err
			}
			return eachService(cmd.Context(), &a.console, c, names, do)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every service")
	return cmd
}

// eachService continues with the others when one fails, and reports all errors.
func eachService(ctx context.Context, con *console, c engine, names []string, do action) error {
	var errs []error
	for _, name := range names {
		act := func() error { return do.act(c, ctx, name) }
		err := con.withProgressUntil(do.doing+" "+safetext.Escape(name), deadlineOf(ctx, c, name), act)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s, err := c.Service(ctx, name)
		var refused *api.Error
		if errors.As(err, &refused) && refused.Code == api.CodeNoSuchService && do.verb == "stop" { // run had started it
			fmt.Fprintf(con.out, "%s is stopped\n", safetext.Escape(name))
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		text := fmt.Sprintf("%s is %s", s.Name, s.State)
		if url := webAddress(s.Addr, s.TLS); url != "" && s.PID != 0 {
			text += " at " + url
		}
		fmt.Fprintln(con.out, text)
	}
	return errors.Join(errs...)
}
