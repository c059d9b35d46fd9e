package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
)

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say whether a configuration is right, or what is wrong and where",
		Long: `check reads a configuration as up does, and prints all that is wrong with it, each
with file, line and column. Without FILE it reads the one that up would use.`,
		Example:           "ammarctl check\nammarctl check robot.toml && ammarctl up -d -c robot.toml",
		Args:              atMostOne,
		ValidArgsFunction: completeTOML,
		RunE: func(_ *cobra.Command, args []string) error {
			explicit := a.config
			if len(args) > 0 {
				explicit = args[0]
			}
			config, err := configs.Load(explicit, a.getenv)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: fine, %s\n", config.Path, counted(len(config.Services), "service"))
			return nil
		},
	}
}
