//go:build unix

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// canSupervise tells whether there can be an instance on this machine.
func canSupervise() error { return nil }

// startTimeout is how long `up` waits for the services before it prints where they
// are. They continue to start afterwards.
const startTimeout = 5 * time.Second

// askEvery is the pace of poll.
const askEvery = 20 * time.Millisecond

// poll asks until the answer is yes, asking fails, or ctx ends.
func poll(ctx context.Context, ask func() (bool, error)) error {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// printWhere prints where each service can be reached, or why it cannot.
func printWhere(con *console, services []api.Service) {
	width := 0
	for _, s := range services {
		width = max(width, len(s.Name))
	}
	for _, s := range services {
		text := string(s.State)
		switch {
		case s.Reason != "":
			text += ": " + s.Reason
		case s.State.Healthy() && s.Addr != "":
			text = webAddress(s.Addr, s.TLS)
		}
		fmt.Fprintf(con.out, "  %-*s  %s\n", width, s.Name, safetext.Escape(text))
	}
}
