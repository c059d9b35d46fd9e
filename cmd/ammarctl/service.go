package main

import (
	"flag"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/memtrim"
	"github.com/ammarctl/ammarctl/server"
)

// serviceCommand holds the services that come with ammarctl. The supervisor
// starts them by it; they run as well without one.
func serviceCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Run one of the services that come with ammarctl, by itself",
		Long: `service runs one service in this terminal, without a supervisor, until Ctrl-C. It
is what a supervisor runs too, in a process of its own.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noArgs(cmd, args); err != nil {
				return err
			}
			return cmd.Help()
		},
	}
	programs := programs()
	for _, name := range configs.Builtin() {
		cmd.AddCommand(programCommand(kind.Of(name), programs[name]))
	}
	return cmd
}

func programCommand(of kind.Kind, p server.Program) *cobra.Command {
	name := of.Name
	cmd := &cobra.Command{
		Use:     name,
		Short:   of.Summary,
		Example: of.Example,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			defer memtrim.Settle(time.Second)()
			if err := p.Serve(cmd.Context()); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		},
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	p.Flags(flags)
	cmd.Flags().AddGoFlagSet(flags)
	_ = cmd.RegisterFlagCompletionFunc("root", completeFolders) // an error where there is no such flag
	return cmd
}
