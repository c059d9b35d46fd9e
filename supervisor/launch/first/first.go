//go:build unix

// Package first makes a program that imports it the first stage of a service's
// process (package launch) when it is called as that, before the packages that
// this stage has no use for are initialised. docs/decisions/010 tells why.
package first

import (
	"fmt"
	"os"

	"github.com/ammarctl/ammarctl/supervisor/launch"
)

// init is the only one there is. The language initialises packages one by one,
// always the first in the order of their paths whose imports are ready, and main
// last: this is the only place that comes before some hundred others.
func init() {
	if len(os.Args) < 2 || os.Args[1] != launch.Arg {
		return
	}
	fmt.Fprintf(os.Stderr, "ammarctl: %v\n", launch.Run(os.Args[2:]))
	os.Exit(1)
}
