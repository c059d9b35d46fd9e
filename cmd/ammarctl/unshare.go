package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func unshareCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:               "unshare NAME",
		Short:             "End a share",
		ValidArgsFunction: a.completeShares,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("expected the name of one share: ammarctl unshare NAME; ammarctl ps lists them")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			err = a.withProgress("ending "+safetext.Escape(args[0]), func() error { return c.Unshare(cmd.Context(), args[0]) })
			var refused *api.Error
			if errors.As(err, &refused) && refused.Code == api.CodeNoSuchService {
				return explainNoShare(cmd.Context(), c, args[0], err)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s is shared no more\n", args[0])
			return nil
		},
	}
}

// explainNoShare names the existing shares; the exit code is that of err.
func explainNoShare(ctx context.Context, c engine, name string, err error) error {
	services, asked := c.Services(ctx)
	if asked != nil {
		return err
	}
	var names []string
	for _, s := range services {
		if s.Share != nil {
			names = append(names, s.Name)
		}
	}
	text := fmt.Sprintf("no share is called %q; there are none", name)
	if len(names) > 0 {
		text = fmt.Sprintf("no share is called %q; there are: %s", name, strings.Join(names, ", "))
	}
	return &api.Error{Code: api.CodeNoSuchService, Message: text}
}
