//go:build linux

// Command server runs ammarctl's services, nginx and lighttpd side by side on
// this machine, prints what each costs and writes it to docs/benchmarks.md.
//
// It needs nginx, lighttpd, wrk and taskset: on Debian
// apt-get install nginx-light lighttpd wrk util-linux.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}
