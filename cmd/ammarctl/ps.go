package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func psCommand(a *app) *cobra.Command {
	var asJSON, watch bool
	cmd := &cobra.Command{
		Use:   "ps",
		Short: "Show the services in a table",
		Long: `ps prints a line for each service: its state and address, the requests it answers
a second, and its pool as busy/size, with +queued when requests wait. A line below
says what there is to know: why it does not run, or what it is doing.`,
		Example: `ammarctl ps --watch
ammarctl ps --json | jq '.[] | {name, state, restarts}'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			show := func(services []api.Service) error {
				if asJSON {
					return a.printJSON(services)
				}
				a.printTable(services, time.Now())
				return nil
			}
			if !watch {
				services, err := c.Services(cmd.Context())
				if err != nil && len(services) == 0 {
					return err
				}
				return errors.Join(show(services), err) // some machines may have answered
			}
			return psWatch(cmd.Context(), &a.console, c, show)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, an array of services")
	cmd.Flags().BoolVar(&watch, "watch", false, "go on showing it, once a second, until Ctrl-C")
	return cmd
}

// psWatch shows the table again and again: in place on a terminal, one below
// the other elsewhere.
func psWatch(ctx context.Context, con *console, c engine, show func([]api.Service) error) error {
	var last time.Time
	first := true
	err := c.Watch(ctx, func(s api.Snapshot) error {
		if time.Since(last) < 900*time.Millisecond {
			return nil
		}
		last = time.Now()
		if con.colour(con.out) {
			fmt.Fprint(con.out, "\x1b[H\x1b[2J")
		} else if !first {
			fmt.Fprintln(con.out)
		}
		first = false
		return show(s.Services)
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}
