package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

func (a *app) downCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop every service, then the supervisor",
		Long:  "down stops every service in order, then the supervisor, and returns when the ports are free.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			return c.Down(cmd.Context())
		},
	}
}

func (a *app) psCommand() *cobra.Command {
	var asJSON, watch bool
	cmd := &cobra.Command{
		Use:   "ps",
		Short: "Show the services in a table",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
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
				if err != nil {
					return err
				}
				return show(services)
			}
			return a.psWatch(cmd.Context(), c, show)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, an array of services")
	cmd.Flags().BoolVar(&watch, "watch", false, "go on showing it, once a second, until Ctrl-C")
	return cmd
}

// psWatch shows the table again and again: in place on a terminal, one below
// the other elsewhere.
func (a *app) psWatch(ctx context.Context, c *client.Client, show func([]api.Service) error) error {
	var last time.Time
	err := c.Watch(ctx, func(s api.Snapshot) error {
		if time.Since(last) < 900*time.Millisecond {
			return nil
		}
		last = time.Now()
		if a.colour(a.out) {
			fmt.Fprint(a.out, "\x1b[H\x1b[2J")
		}
		return show(s.Services)
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// actionCommand is start, stop or restart.
func (a *app) actionCommand(verb, short string, act func(*client.Client, context.Context, string) error) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:               verb + " NAME...",
		Short:             short,
		ValidArgsFunction: a.completeServices,
		RunE: func(cmd *cobra.Command, names []string) error {
			if all == (len(names) > 0) {
				return usageError{fmt.Errorf("expected the names of services, or --all, not both: ammarctl %s NAME...", verb)}
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			services, err := c.Services(cmd.Context())
			if err != nil {
				return err
			}
			if all {
				for _, s := range services {
					names = append(names, s.Name)
				}
			}
			return eachService(cmd.Context(), names, func(ctx context.Context, name string) error { return act(c, ctx, name) })
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every service")
	return cmd
}

// eachService goes on with the others when one fails, and reports all.
func eachService(ctx context.Context, names []string, act func(context.Context, string) error) error {
	var errs []error
	for _, name := range names {
		if err := act(ctx, name); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (a *app) completeServices(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, err := a.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	services, err := c.Services(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, s := range services {
		if !slices.Contains(given, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) infoCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Describe the running instance: pids, paths, addresses",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			info, err := c.Info(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(info)
			}
			fmt.Fprintf(a.out, "instance       %s\nsupervisor     pid %d, for %s\nversion        %s\nconfiguration  %s\nsocket         %s\nlogs           %s\n",
				info.Instance, info.SupervisorPID, span(time.Since(info.Since)), info.Version, info.Config, info.Socket, info.LogDir)
			for i, host := range info.Hosts {
				label := "this machine"
				if i > 0 {
					label = ""
				}
				fmt.Fprintf(a.out, "%-13s  %s\n", label, host)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
