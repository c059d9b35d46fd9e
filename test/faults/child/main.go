//go:build unix

// Command child is a service that misbehaves. Its arguments are steps, done one
// after the other; after the last one it waits for SIGTERM.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	for _, arg := range os.Args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		if err := step(name, value); err != nil {
			fmt.Fprintf(os.Stderr, "child: %s: %v\n", arg, err)
			os.Exit(70)
		}
	}
	await()
}

// step does one thing; those that serve or end do not return.
func step(name, value string) error {
	switch name {
	case "serve":
		return serve(value)
	case "own":
		return own(value)
	case "ready":
		return notify("READY=1")
	case "say":
		return notify(value)
	case "ignore-term":
		signal.Ignore(syscall.SIGTERM)
	case "sleep":
		d, err := time.ParseDuration(value)
		time.Sleep(d)
		return err
	case "exit":
		code, err := strconv.Atoi(value)
		if err == nil {
			os.Exit(code)
		}
		return err
	case "exit-unless": // the second time and later it goes on
		if _, err := os.Stat(value); err == nil {
			return nil
		}
		os.Exit(1)
	case "linger", "daemon", "storm", "orphans":
		return family(name, value)
	case "print", "line", "flood", "lines", "junk", "count", "tick", "tick-until", "close-log":
		return talk(name, value)
	default:
		return fmt.Errorf("no such step")
	}
	return nil
}

// await ends with SIGTERM, and after ten minutes in any case: nothing that a
// test forgot stays for long.
func await() {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	select {
	case <-term:
	case <-time.After(lifetime):
		os.Exit(71)
	}
}

const lifetime = 15 * time.Minute
