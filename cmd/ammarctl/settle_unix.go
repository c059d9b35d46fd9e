//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// canSupervise tells whether there can be an instance on this machine.
func canSupervise() error { return nil }

// startTimeout is how long `up` waits for the services before it says where
// they are; they go on starting after it.
const startTimeout = 5 * time.Second

// calm is how long all services have to be settled to be believed: one that
// waited for another starts just after that is ready.
const calm = 100 * time.Millisecond

// allSettled tells whether no service is on its way any more. One that waits
// for another that is ready is: the supervisor is about to start it.
func allSettled(services []api.Service) bool {
	for _, s := range services {
		next := s.State == api.Stopped && slices.ContainsFunc(services, func(other api.Service) bool {
			return other.State == api.Ready && s.Reason == "waits for "+other.Name
		})
		if next || s.State == api.Starting || s.State == api.Stopping || s.State == api.Stopped && s.Reason == "" || s.State == api.Backoff && s.PID != 0 {
			return false
		}
	}
	return true
}

// untilCalm asks until all has been settled for a while, asking fails, or ctx
// ends.
func untilCalm(ctx context.Context, settled func() (bool, error)) error {
	tick := time.NewTicker(calm / 5)
	defer tick.Stop()
	since := time.Now()
	for {
		ok, err := settled()
		switch {
		case err != nil:
			return err
		case !ok:
			since = time.Now()
		case time.Since(since) >= calm:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// printWhere says where each service is to be found, or why it is not.
func (a *app) printWhere(services []api.Service) {
	width := 0
	for _, s := range services {
		width = max(width, len(s.Name))
	}
	for _, s := range services {
		text := string(s.State)
		switch {
		case s.Reason != "":
			text += ": " + s.Reason
		case s.State == api.Ready && s.Addr != "":
			text = webAddress(s.Addr, s.TLS)
		}
		fmt.Fprintf(a.out, "  %-*s  %s\n", width, s.Name, safe(text))
	}
}
