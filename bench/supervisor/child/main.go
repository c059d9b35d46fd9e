//go:build linux

// Command child is the smallest service: it appends its pid and the monotonic
// clock at its start to the file that it is given, and waits.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func main() {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	f, err := os.OpenFile(os.Args[1], os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		os.Exit(1)
	}
	fmt.Fprintf(f, "%d %d\n", os.Getpid(), now.Nano())
	f.Close()
	for {
		_ = unix.Pause()
	}
}
