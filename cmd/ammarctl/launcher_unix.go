//go:build unix

package main

import (
	"fmt"
	"os"

	"github.com/ammarctl/ammarctl/supervisor/process"
)

// launcher is this program as the first stage of a service's process. It is
// on the way from a crash to the next process, so nothing comes before it.
func launcher(args []string) (code int, ok bool) {
	if len(args) == 0 || args[0] != process.LaunchArg {
		return 0, false
	}
	if err := process.Launch(args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "ammarctl: %v\n", err)
	}
	return exitFailed, true
}
