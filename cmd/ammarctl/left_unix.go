//go:build unix

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/process"
)

// sayWhoGoesOn names the services that run without a supervisor.
func (a *app) sayWhoGoesOn(w io.Writer) {
	dirs, err := a.dirs()
	if err != nil {
		return
	}
	paths, err := dirs.Records()
	if err != nil {
		return
	}
	var names []string
	for _, path := range paths {
		if r, err := process.ReadRecord(path); err == nil && r.Identity.Alive() && !slices.Contains(names, r.Service) {
			names = append(names, r.Service)
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(w, "Its services go on without it: %s. ammarctl up -d takes them over as they are.\n", strings.Join(names, ", "))
	}
}
