package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
)

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say whether a configuration is right, or what is wrong and where",
		Long: `check reads a configuration as up does, and prints all that is wrong with it, each
with file, line and column. Without FILE it reads the one that up would use.`,
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
			noun := "services"
			if len(config.Services) == 1 {
				noun = "service"
			}
			fmt.Fprintf(a.out, "%s: fine, %d %s\n", config.Path, len(config.Services), noun)
			return nil
		},
	}
}

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented configuration, ./" + configs.FileName + " by default",
		Long: `init writes a configuration with every key in it, explained, those with a default
commented out. It overwrites nothing.`,
		Args:              atMostOne,
		ValidArgsFunction: completeTOML,
		RunE: func(_ *cobra.Command, args []string) error {
			path := configs.FileName
			if len(args) > 0 {
				path = args[0]
			}
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("cannot write %s: it exists already; move it away or name another file", path)
			}
			if err != nil {
				return fmt.Errorf("cannot write the configuration: %w", err)
			}
			_, err = f.WriteString(configs.Commented())
			if err := errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("cannot write the configuration: %w", err)
			}
			start := "ammarctl up -d"
			if path != configs.FileName {
				start += " -c " + path
			}
			fmt.Fprintf(a.out, "wrote %s; start it with: %s\n", path, start)
			return nil
		},
	}
}
