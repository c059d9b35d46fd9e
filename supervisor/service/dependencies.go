//go:build unix

package service

import (
	"fmt"
	"slices"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Dependencies are the services that must be ready before one with this
// configuration is started.
func Dependencies(cfg configs.Service) []string {
	return append(slices.Clone(cfg.After), cfg.Requires...)
}

// wait is what a service in the phase waiting waits for.
type wait struct {
	reason  string
	outlook Outlook
}

// unready finds the first dependency that is not ready; nil when all are.
func unready(cfg configs.Service, lookup func(string) *Snapshot) *wait {
	for _, name := range Dependencies(cfg) {
		other := lookup(name)
		switch {
		case other == nil || fulfils(cfg, name, other.State):
		case other.State.Serving(): // it is to be done
			return &wait{fmt.Sprintf("waits until %s is done", name), Later}
		case other.State == api.Failed:
			return &wait{fmt.Sprintf("waits for %s, which has failed; start %s once that is fixed", name, name), Never}
		case other.State == api.Failing:
			return &wait{fmt.Sprintf("waits for %s, which is failing: see ammarctl logs %s", name, name), Never}
		case other.State == api.Stopped && other.Wanted != Run:
			return &wait{fmt.Sprintf("waits for %s, which is stopped", name), Never}
		case other.Outlook == Never:
			return &wait{fmt.Sprintf("waits for %s, which itself %s", name, other.Reason), Never}
		case other.Outlook == Later, other.State == api.Backoff, other.State == api.Scheduled:
			return &wait{"waits for " + name, Later}
		default:
			return &wait{"waits for " + name, Soon}
		}
	}
	return nil
}

// fulfils tells whether a dependency is as cfg wants it.
func fulfils(cfg configs.Service, name string, state api.State) bool {
	switch cfg.AfterWhen[name] {
	case configs.WhenDone:
		return state == api.Done
	case configs.WhenStarted:
		return state.Running() || state == api.Done || state == api.OnDemand
	}
	return state.Serving() || state == api.Done || state == api.OnDemand
}

// missing says which service that cfg's requires is down for good; empty when
// none is.
func missing(cfg configs.Service, lookup func(string) *Snapshot) string {
	for _, name := range cfg.Requires {
		other := lookup(name)
		switch {
		case other == nil:
		case other.State == api.Stopped && other.Wanted != Run, other.State == api.Failing,
			other.State == api.Failed && other.NextStart == nil:
			return fmt.Sprintf("requires %s, which is %s", name, other.State)
		}
	}
	return ""
}
