//go:build linux

// Command bench runs ammarctl's files service, nginx and lighttpd side by
// side on this machine and prints what each costs, as a Markdown table.
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
