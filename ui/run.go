package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/sharing"
	"github.com/ammarctl/ammarctl/ui/tabs/camera"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// ErrNoTerminal says that standard input or output is no terminal.
var ErrNoTerminal = explain.With("no-terminal", errors.New(messages.NoTerminal))

// ShareWish is a share as a person asks for it in the dashboard.
type ShareWish = sharing.Wish

// Options are what Run needs besides the engine.
type Options struct {
	In     *os.File
	Out    *os.File
	Getenv func(string) string
	// NoColour leaves out all colours, also where the terminal has them.
	NoColour bool
	// Theme is one of theme.Names; empty is the first.
	Theme string
	// Share turns a wish into a request to the supervisor: it makes the hash of
	// the password and the certificate. notes are what the other machine must
	// know. Without it a share is for everybody, over HTTP.
	Share func(ShareWish) (req api.ShareRequest, notes []string, err error)
}

// framesPerSecond bounds how often the screen is drawn.
const framesPerSecond = int(time.Second / brisk)

// restoreTime is how long the terminal may take to be restored after ctx ended.
const restoreTime = 2 * time.Second

// Run shows the dashboard until the person leaves or ctx ends, which is no
// error. When it returns the terminal is as before, and the services keep
// running unless the person has stopped them. The caller handles signals: ctx
// must end on SIGINT, SIGTERM and SIGHUP.
func Run(ctx context.Context, e Engine, o Options) error {
	if !term.IsTerminal(int(o.In.Fd())) || !term.IsTerminal(int(o.Out.Fd())) {
		return ErrNoTerminal
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	f := feed.New(inner, e)
	defer f.Close()
	defer cancel() // before Close waits

	env := os.Environ()
	if o.NoColour {
		env = append(env, "NO_COLOR=1")
	}
	// The dashboard quits by itself when ctx ends. late ends it if the terminal
	// accepts no further output.
	late, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(restoreTime, giveUp) })
	defer stop()
	m := newModel(inner, e, f, o.settings())
	p := tea.NewProgram(m,
		tea.WithContext(late), tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithEnvironment(env),
		tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler())
	m.pace.set = pacer(p)
	last, err := p.Run()
	if m.titled && late.Err() == nil {
		restoreTitle(o.Out)
	}
	if m, ok := last.(*model); ok {
		printFarewell(o.Out, m.farewell)
	}
	if failure := f.Failure(); failure != nil {
		return fmt.Errorf("the dashboard ended: %w", failure)
	}
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the dashboard ended: %w", err)
	}
	return nil
}

func (o Options) settings() settings {
	plain := o.Getenv("TERM") == "dumb"
	return settings{
		look: draw.Look{
			Styles: theme.Named(o.Theme), Unicode: humanize.Unicode(o.Getenv), Plain: plain,
			Colourless: plain || o.NoColour || o.Getenv("NO_COLOR") != "",
		},
		getenv:   o.Getenv,
		cellSize: func() (int, int) { return camera.CellSize(o.Out) },
		prepare:  o.Share,
	}
}

func printFarewell(w io.Writer, text string) {
	if text != "" {
		fmt.Fprintln(w, text)
	}
}
