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
	"github.com/ammarctl/ammarctl/ui/theme"
	"github.com/ammarctl/ammarctl/ui/words"
)

// ErrNoTerminal says that standard input or output is no terminal.
var ErrNoTerminal = explain.With("no-terminal", errors.New(words.NoTerminal))

// Options are what Run needs beside the engine.
type Options struct {
	In     *os.File
	Out    *os.File
	Getenv func(string) string
	// NoColour leaves out all colours, also where the terminal has them.
	NoColour bool
	// Theme is one of theme.Names; empty is the first.
	Theme string
	// Share turns a wish into what is asked of the supervisor: it makes the
	// password's hash and the certificate. notes are what the other machine has to
	// know. Without it a share is for everybody, over HTTP.
	Share func(ShareWish) (req api.ShareRequest, notes []string, err error)
}

// frames is how often a second the screen is drawn at most.
const frames = int(time.Second / brisk)

// patience is how long the terminal may take to be restored after ctx ended.
const patience = 2 * time.Second

// Run shows the dashboard until the person leaves or ctx ends, which is no
// error. The terminal is as before when it returns, and the services run on,
// unless the person asked to stop them. Signals are the caller's: ctx is to
// end on SIGINT, SIGTERM and SIGHUP.
func Run(ctx context.Context, e Engine, o Options) error {
	if !term.IsTerminal(int(o.In.Fd())) || !term.IsTerminal(int(o.Out.Fd())) {
		return ErrNoTerminal
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	f := newFeed(inner, e)
	defer f.close()
	defer cancel() // before the feed is waited for

	env := os.Environ()
	if o.NoColour {
		env = append(env, "NO_COLOR=1")
	}
	// The dashboard quits by itself when ctx ends; a terminal that does not
	// even take the end of it is given up on.
	late, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(patience, giveUp) })
	defer stop()
	m := newModel(inner, e, f, humanize.Unicode(o.Getenv))
	m.getenv = o.Getenv
	m.prepare = o.Share
	m.canvas.measure = func() (int, int) { return cellPixels(o.Out) }
	m.dumb = o.Getenv("TERM") == "dumb"
	m.colourless = m.dumb || o.NoColour || o.Getenv("NO_COLOR") != ""
	m.styles = theme.Named(o.Theme)
	p := tea.NewProgram(m,
		tea.WithContext(late), tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithEnvironment(env),
		tea.WithFPS(frames), tea.WithoutSignalHandler())
	m.pace = pacer(p)
	last, err := p.Run()
	if m.titled && late.Err() == nil {
		restoreTitle(o.Out)
	}
	if m, ok := last.(*model); ok {
		farewell(o.Out, m.farewell)
	}
	if failure := f.failure(); failure != nil {
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

func farewell(w io.Writer, text string) {
	if text != "" {
		fmt.Fprintln(w, text)
	}
}
