package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

const (
	// quiet is how long a command waits before it shows its progress.
	quiet = time.Second
	// redraw is how often its bar moves on a terminal.
	redraw = 200 * time.Millisecond
	// meterWidth is the width of the bar, in cells.
	meterWidth = 20
)

// withProgress calls do and, when that takes long, shows what the command waits
// for: in place on a terminal, elsewhere as a line every few seconds.
func (con *console) withProgress(what string, do func() error) error {
	return con.withProgressUntil(what, nil, do)
}

// withProgressUntil is withProgress with a bar. deadline is the latest time at
// which do ends; the zero time if that is not known.
func (con *console) withProgressUntil(what string, deadline func() time.Time, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	begin := time.Now()
	live := !con.plain && con.getenv("TERM") != "dumb" && term.IsTerminal(int(con.err.Fd()))
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	drawn := false
	for {
		select {
		case err := <-done:
			if drawn {
				fmt.Fprint(con.err, "\r\x1b[K")
			}
			return err
		case now := <-timer.C:
			var until time.Time
			if deadline != nil {
				until = deadline()
			}
			text := what + con.meter(begin, now, until)
			if live {
				fmt.Fprintf(con.err, "\r%s\x1b[K", shorten(text, max(20, con.width()-1), con.ellipsis()))
				drawn = true
				timer.Reset(redraw)
				continue
			}
			fmt.Fprintln(con.err, text)
			timer.Reset(5 * quiet)
		}
	}
}

// meter shows the time since begin, as a part of the time until the deadline
// where there is one.
func (con *console) meter(begin, now, until time.Time) string {
	took := now.Sub(begin)
	whole := until.Sub(begin)
	if until.IsZero() || whole <= 0 {
		return fmt.Sprintf(", for %s now", humanize.Span(took))
	}
	full, rest := "━", "─"
	if !con.unicode() {
		full, rest = "#", "-"
	}
	n := min(meterWidth, int(float64(meterWidth)*took.Seconds()/whole.Seconds()))
	return fmt.Sprintf("  %s%s %s of at most %s", strings.Repeat(full, n), strings.Repeat(rest, meterWidth-n),
		humanize.Span(took), humanize.Span(whole.Round(time.Second)))
}

// deadlineOf asks for a service's deadline, at most once a second and only
// briefly: a bar is not worth a wait.
func deadlineOf(ctx context.Context, c engine, name string) func() time.Time {
	var asked, until time.Time
	return func() time.Time {
		if time.Since(asked) < time.Second {
			return until
		}
		asked = time.Now()
		ctx, cancel := context.WithTimeout(ctx, redraw)
		defer cancel()
		if s, err := c.Service(ctx, name); err == nil && s.Deadline != nil {
			until = *s.Deadline
		}
		return until
	}
}
