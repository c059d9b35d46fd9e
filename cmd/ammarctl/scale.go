package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func scaleCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "scale NAME=N...",
		Short: "Run another number of processes of a service",
		Long: `scale changes how many replicas of a service run: NAME-1, NAME-2 and so on, which
share its port. The processes that stay notice nothing; from one to several, and
back, the service is stopped and started. The next reload applies the number of
the configuration file again.`,
		Example:           "ammarctl scale web=3",
		ValidArgsFunction: a.completeServices,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("expected a service and a number: ammarctl scale NAME=3")}
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			for _, arg := range args {
				name, text, _ := strings.Cut(arg, "=")
				n, err := strconv.Atoi(text)
				if err != nil || name == "" {
					return usageError{fmt.Errorf("expected a service and a number such as web=3, got %q", arg)}
				}
				var done api.Reload
				err = a.withProgress("scaling "+name, func() (err error) {
					done, err = c.Scale(cmd.Context(), name, api.ScaleRequest{Replicas: n})
					return err
				})
				if err != nil {
					return err
				}
				if err := showReload(a, done, asJSON); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: {config, applied, changes: [{service, action, keys, error}]}")
	return cmd
}
