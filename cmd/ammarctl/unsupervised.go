//go:build !unix

package main

import (
	"context"
	"errors"
	"io"

	"github.com/ammarctl/ammarctl/supervisor/client"
)

// errCannotSupervise is the error of every command that needs a supervisor on
// this machine.
var errCannotSupervise = errors.New(`there is no supervisor for Windows; what works here without one:
  ammarctl share PATH --foreground     share a folder until Ctrl-C
  ammarctl service files --help        run a single service
  ammarctl -H ssh://USER@HOST ps       command an instance on another machine`)

// canSupervise tells whether there can be an instance on this machine.
func canSupervise() error { return errCannotSupervise }

// launcher is for supervisors.
func launcher([]string) (code int, ok bool) { return 0, false }

func runInstance(context.Context, *app) error { return errCannotSupervise }

func upDetached(context.Context, *app) error { return errCannotSupervise }

func spawnInstance(context.Context, *app, *client.Client) error { return errCannotSupervise }

// reportOrphans reports nothing: nothing is supervised here.
func reportOrphans(*app, io.Writer) {}

// gone is always true: no supervisor runs here.
func gone(int) bool { return true }
