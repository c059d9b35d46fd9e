//go:build unix

// Package reexec turns a re-execution of this program into a service's process
// (package launch). It does so before main, and before packages that a launch does not
// need are initialised. See docs/decisions/010.
package reexec

import (
	"fmt"
	"os"

	"github.com/ammarctl/ammarctl/supervisor/launch"
)

// init is the project's only one. Go initialises packages one by one: always
// the first, in the order of import paths, whose imports are ready, and main
// last. So this runs before about a hundred others.
func init() {
	if len(os.Args) < 2 || os.Args[1] != launch.Arg {
		return
	}
	fmt.Fprintf(os.Stderr, "ammarctl: %v\n", launch.Run(os.Args[2:]))
	os.Exit(1)
}
