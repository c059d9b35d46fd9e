//go:build unix

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/process"
)

// whoGoesOn lists the services that run, with or without a supervisor.
func (a *app) whoGoesOn() []string {
	dirs, err := a.dirs()
	if err != nil {
		return nil
	}
	paths, err := dirs.Records()
	if err != nil {
		return nil
	}
	var names []string
	for _, path := range paths {
		if r, err := process.ReadRecord(path); err == nil && r.Identity.Alive() && !slices.Contains(names, r.Service) {
			names = append(names, r.Service)
		}
	}
	return names
}

// sayWhoGoesOn names the services that run without a supervisor.
func (a *app) sayWhoGoesOn(w io.Writer) {
	if names := a.whoGoesOn(); len(names) > 0 {
		fmt.Fprintf(w, "Its services go on without it: %s. ammarctl up -d takes them over as they are.\n", strings.Join(names, ", "))
	}
}
