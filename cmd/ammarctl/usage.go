package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ammarctl/ammarctl/configs"
)

// otherWords are what other programs call our commands.
func otherWords() map[string][]string {
	return map[string][]string{
		"ps": {"status", "list", "ls", "top"}, "logs": {"log", "tail", "journal"}, "up": {"serve", "launch"},
		"down": {"shutdown", "quit", "exit"}, "check": {"validate", "test", "config"}, "info": {"show",
			"inspect"},
		"reload": {"apply", "update"}, "events": {"watch"}, "unshare": {"unpublish"}, "share": {"publish"},
		"doctor": {"diagnose"},
		"enable": {"install"}, "run": {"exec"}, "add": {"new"}, "disable": {"uninstall"}, "import": {"convert"},
	}
}

// helpCommand is cobra's, but says so when there is no such command.
func helpCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Help about any command",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			at, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, sub := range at.Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, sub.Name()+"\t"+sub.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			at, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = noArgs(at, rest)
			}
			if err != nil {
				return err
			}
			at.InitDefaultHelpFlag()
			return at.Help()
		},
	}
}

// wrongFlag says what is wrong with a flag as this program says it, and not the
// library that reads it.
func wrongFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var alone *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := configs.Nearest(unknown.GetSpecifiedName(), names); near != "" {
			err = fmt.Errorf("%w; did you mean --%s?", err, near)
		}
	case errors.As(err, &unknown):
		err = fmt.Errorf("unknown flag: -%s", unknown.GetSpecifiedName())
	case errors.As(err, &alone):
		err = fmt.Errorf("--%s: expected a value after it: %s", alone.GetFlag().Name, alone.GetFlag().Usage)
	case errors.As(err, &wrong):
		err = fmt.Errorf("--%s: expected %s, got %q", wrong.GetFlag().Name, valueOf(wrong.GetFlag(), wrong.Unwrap()),
			wrong.GetValue())
	}
	return usageError{err}
}

// valueOf is what a flag takes, for a person; err is what its own parser says.
func valueOf(f *pflag.Flag, err error) string {
	number := new(strconv.NumError)
	switch {
	case f.Value.Type() == "duration" || strings.HasPrefix(err.Error(), "time: "):
		return "a time such as 90s, 10m or 24h"
	case f.Value.Type() == "bool" || f.DefValue == "true" || f.DefValue == "false":
		return "true or false"
	case errors.As(err, &number) || err.Error() == "parse error" || err.Error() == "value out of range":
		return "a whole number"
	}
	return strings.TrimPrefix(err.Error(), "expected ")
}
