//go:build unix

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/process"
)

// findOrphans lists the services whose processes run, whether or not a supervisor
// does.
func findOrphans(conns *connections) []string {
	dirs, err := conns.dirs()
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

// reportOrphans names the services that run without a supervisor, if any.
func reportOrphans(a *app, w io.Writer) {
	if names := findOrphans(&a.connections); len(names) > 0 {
		fmt.Fprintf(w, "Its services go on without it: %s. ammarctl up -d takes them over as they are.\n",
			strings.Join(names, ", "))
	}
}
