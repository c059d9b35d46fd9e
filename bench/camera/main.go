//go:build linux && amd64

// Command camera compares ammarctl's camera service with ustreamer, on the same
// camera. It measures their costs and the age of their pictures, and writes both to
// docs/benchmarks.md.
//
// There is no camera: this process answers its V4L2 calls, so it knows when each
// picture was captured. It needs ustreamer: on Debian apt-get install ustreamer.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ammarctl/ammarctl/test/fakecam"
)

func main() {
	fakecam.Launcher()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}
