package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
)

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say whether a configuration is right, or what is wrong and where",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			explicit := a.config
			if len(args) > 0 {
				explicit = args[0]
			}
			config, err := configs.Load(explicit, a.getenv)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: fine, %d services\n", config.Path, len(config.Services))
			return nil
		},
	}
}

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented configuration, ./" + configs.FileName + " by default",
		Args:  cobra.MaximumNArgs(1),
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
			if abs, err := filepath.Abs(path); err == nil {
				path = abs
			}
			fmt.Fprintf(a.out, "wrote %s; start it with: ammarctl up -d\n", path)
			return nil
		},
	}
}
