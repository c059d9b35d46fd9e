package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func killCommand(a *app) *cobra.Command {
	var req api.SignalRequest
	cmd := &cobra.Command{
		Use:   "kill NAME|@GROUP...",
		Short: "Send a signal to the process of a service",
		Long: `kill sends a signal to the process of each service, or with --all to every process
that belongs to it. The supervisor then treats the service as always: a process
that ends is started again as its restart policy says. To end a service, use stop.`,
		Example:           "ammarctl kill -s HUP web\nammarctl kill -s USR1 --all workers",
		ValidArgsFunction: a.completeServices,
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 0 {
				return usageError{errors.New("expected the names of services: ammarctl kill -s SIGNAL NAME")}
			}
			c, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			if names, err = expandNames(cmd.Context(), c, names); err != nil {
				return err
			}
			var errs []error
			for _, name := range names {
				if err := c.Signal(cmd.Context(), name, req); err != nil {
					errs = append(errs, err)
					continue
				}
				fmt.Fprintf(a.out, "sent SIG%s to %s\n", strings.TrimPrefix(strings.ToUpper(req.Signal), "SIG"), name)
			}
			return errors.Join(errs...)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&req.Signal, "signal", "s", "TERM", "the signal: HUP, USR1, TERM and so on")
	f.BoolVar(&req.All, "all", false, "every process of the service, not only the first")
	_ = cmd.RegisterFlagCompletionFunc("signal", cobra.FixedCompletions(
		[]string{"HUP", "INT", "TERM", "QUIT", "USR1", "USR2", "KILL", "STOP", "CONT"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
