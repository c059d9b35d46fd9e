//go:build tiny

package main

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/doctor"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files"
)

// execute runs the command that the arguments name, with plain help.
func (a *app) execute(ctx context.Context, root *cobra.Command) error {
	root.SilenceErrors, root.SilenceUsage = true, true
	err := root.ExecuteContext(ctx)
	if err != nil {
		a.complain(a.err, err)
	}
	return err
}

func largeCommands() []func(*app) *cobra.Command { return nil }

// programs returns the programs of the built-in services, by their kind.
func programs() map[string]server.Program {
	return map[string]server.Program{kind.Files: &files.Service{Config: server.Config{Name: kind.Files}}}
}

// cellsOf is how wide a text is on a terminal. The tables of the characters
// that are wider than others, or narrower, would be a tenth of this build.
func cellsOf(text string) int { return utf8.RuneCountInString(text) }

// shorten cuts a text to a width; tail stands for what is missing.
func shorten(text string, width int, tail string) string {
	if cellsOf(text) <= width {
		return text
	}
	runes := []rune(text)
	return string(runes[:max(0, min(len(runes), width-cellsOf(tail)))]) + tail
}

func surveyCameras() ([]doctor.Camera, error) {
	return nil, errors.New("this small build has no camera service; take the full build of ammarctl")
}
