//go:build !tiny

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func manCommand(a *app) *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "man",
		Short: "Write manual pages, one for each command",
		Long: `man writes a page for each command into a folder, as man(1) reads them:
ammarctl.1, ammarctl-share.1 and so on.`,
		Example: `ammarctl man -o ~/.local/share/man/man1 && man ammarctl-share`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeManual(&a.console, cmd.Root(), folder)
		},
	}
	cmd.Flags().StringVarP(&folder, "output", "o", ".", "folder for the pages; it is made")
	_ = cmd.RegisterFlagCompletionFunc("output", completeFolders)
	return cmd
}

// writeManual writes the same pages at any time: they have the date of the commit from
// which this program was built.
func writeManual(con *console, root *cobra.Command, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for manual pages: %w", err)
	}
	date, pages := commitTime().UTC().Format("2006-01-02"), 0
	var failed error
	walk(root, func(cmd *cobra.Command) {
		if cmd.Hidden || failed != nil {
			return
		}
		path := filepath.Join(folder, manualName(cmd)+".1")
		failed = os.WriteFile(path, []byte(manualPage(cmd, date)), 0o644)
		pages++
	})
	if failed != nil {
		return fmt.Errorf("cannot write the manual pages: %w", failed)
	}
	fmt.Fprintf(con.out, "wrote %d pages into %s\n", pages, folder)
	return nil
}

// manualName is the name under which man(1) finds the page of cmd.
func manualName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manualPage is the page of cmd in the macros of man(7).
func manualPage(cmd *cobra.Command, date string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %q 1 %q %q \"ammarctl\"\n", strings.ToUpper(manualName(cmd)), date, "ammarctl "+version())
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manualName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n\\fB%s\\fP\n", roff(cmd.UseLine()))
	if cmd.Long != "" {
		fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roff(cmd.Long))
	}
	manualFlags(&b, "OPTIONS", cmd.NonInheritedFlags())
	manualFlags(&b, "GLOBAL OPTIONS", cmd.InheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	var related []string
	if cmd.HasParent() {
		related = append(related, manualName(cmd.Parent()))
	}
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			related = append(related, manualName(sub))
		}
	}
	if len(related) > 0 {
		fmt.Fprintf(&b, ".SH SEE ALSO\n\\fB%s\\fP(1)\n", roff(strings.Join(related, "(1), ")))
	}
	return b.String()
}

// manualFlags writes a section of the page for flags, if there are any.
func manualFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, ".TP\n\\fB%s\\fP\n%s\n", roff(name), roff(usage))
	})
}

// roff escapes text for man(7): a backslash, a hyphen that people copy, and a
// line that would begin with a request. An empty line begins a paragraph.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(strings.TrimSpace(text)), "\n")
	for i, line := range lines {
		switch {
		case line == "":
			lines[i] = ".PP"
		case line[0] == '.' || line[0] == '\'':
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// commitTime is the present where the build knows of no commit.
func commitTime() time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
				return at
			}
		}
	}
	return time.Now()
}
