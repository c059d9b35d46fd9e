//go:build !tiny

package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/convert"
	"github.com/ammarctl/ammarctl/internal/safetext"
)

func importCommand(a *app) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "import supervisord|process-compose|procfile FILE",
		Short: "Write a configuration from that of another supervisor",
		Long: `import reads supervisord.conf, process-compose.yaml or a Procfile and writes what
they say as a configuration of ammarctl. What cannot be expressed is said, in a
comment where it would stand and on standard error; nothing is left out in
silence. It overwrites nothing.`,
		Example: `ammarctl import supervisord /etc/supervisor/supervisord.conf
ammarctl import process-compose process-compose.yaml -o dev.toml
ammarctl import procfile Procfile -o -     # to the terminal`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return convert.Formats(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || !slices.Contains(convert.Formats(), args[0]) {
				return usageError{fmt.Errorf("expected a format and a file: ammarctl import %s FILE",
					strings.Join(convert.Formats(), "|"))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return importConfig(&a.console, args[0], args[1], to) },
	}
	cmd.Flags().StringVarP(&to, "output", "o", configs.FileName, "file to write; - is standard output")
	return cmd
}

func importConfig(con *console, format, from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("cannot import: %w", err)
	}
	made, err := convert.From(format, string(text), from, to)
	if err != nil {
		return fmt.Errorf("cannot import: %w", err)
	}
	if to == "-" {
		fmt.Fprint(con.out, made.Text)
	} else if err := writeNew(to, made.Text); err != nil {
		return err
	}
	for _, lost := range made.Lost {
		fmt.Fprintf(con.err, "lost: %s\n", safetext.Escape(lost))
	}
	if to == "-" {
		return nil
	}
	fmt.Fprintf(con.out, "wrote %s: %s, %s\n", to, counted(made.Services, "service"), counted(len(made.Lost), "thing")+
		" that ammarctl says differently or not at all")
	_, err = configs.Load(to, con.getenv)
	var wrong configs.Errors
	if errors.As(err, &wrong) {
		fmt.Fprintln(con.err, "On this machine it would not start yet:")
	}
	return err
}
