//go:build !tiny

package main

import (
	"context"
	"io"

	"charm.land/fang/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/camera"
	"github.com/ammarctl/ammarctl/services/files"
	"github.com/ammarctl/ammarctl/services/status"
)

// execute runs the command that the arguments name, with help in colours.
func (a *app) execute(ctx context.Context, root *cobra.Command) error {
	return fang.Execute(ctx, root,
		fang.WithoutManpage(), fang.WithoutVersion(),
		fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) { a.complain(w, err) }))
}

// largeCommands lists the commands that the tiny build does without.
func largeCommands() []func(*app) *cobra.Command {
	return []func(*app) *cobra.Command{manCommand, importCommand, exportCommand}
}

// programs returns the programs of the built-in services, by their kind.
func programs() map[string]server.Program {
	return map[string]server.Program{
		kind.Files:  &files.Service{Config: server.Config{Name: kind.Files}},
		kind.Camera: &camera.Service{Config: server.Config{Name: kind.Camera}},
		kind.Status: &status.Service{Config: server.Config{Name: kind.Status}},
	}
}

// cellsOf is how wide a text is on a terminal.
func cellsOf(text string) int { return ansi.StringWidth(text) }

// shorten cuts a text to a width; tail stands for what is missing.
func shorten(text string, width int, tail string) string { return ansi.Truncate(text, width, tail) }
