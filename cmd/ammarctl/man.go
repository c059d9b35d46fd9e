//go:build !tiny

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (a *app) manCommand() *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "man",
		Short: "Write manual pages, one for each command",
		Long: `man writes a page for each command into a folder, as man(1) reads them:
ammarctl.1, ammarctl-share.1 and so on.`,
		Example: `ammarctl man -o ~/.local/share/man/man1 && man ammarctl-share`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.writeManual(cmd.Root(), folder)
		},
	}
	cmd.Flags().StringVarP(&folder, "output", "o", ".", "folder for the pages; it is made")
	_ = cmd.RegisterFlagCompletionFunc("output", completeFolders)
	return cmd
}

// writeManual writes the same pages at any time: their date is that of the
// commit that this program was built from.
func (a *app) writeManual(root *cobra.Command, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for manual pages: %w", err)
	}
	walk(root, func(cmd *cobra.Command) {
		cmd.DisableAutoGenTag = true
	})
	date := commitTime()
	header := &doc.GenManHeader{Section: "1", Source: "ammarctl " + version(), Manual: "ammarctl", Date: &date}
	if err := doc.GenManTree(root, header, folder); err != nil {
		return fmt.Errorf("cannot write the manual pages: %w", err)
	}
	pages, err := filepath.Glob(filepath.Join(folder, "ammarctl*.1"))
	if err != nil || len(pages) == 0 {
		return errors.Join(err, fmt.Errorf("no page was written into %s", folder))
	}
	fmt.Fprintf(a.out, "wrote %d pages into %s\n", len(pages), folder)
	return nil
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
