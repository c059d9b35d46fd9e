//go:build linux && amd64

// Command camera runs ammarctl's camera service and ustreamer side by side on
// the same camera, prints what each costs and how old its pictures are, and
// writes it to docs/benchmarks.md.
//
// The camera is none: its V4L2 calls are answered by this process, which so
// knows when each picture was captured. It needs ustreamer: on Debian
// apt-get install ustreamer.
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
