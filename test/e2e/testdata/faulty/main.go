// Command faulty is a service that misbehaves as its first argument says.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	switch os.Args[1] {
	case "exit":
		code, _ := strconv.Atoi(os.Args[2])
		fmt.Fprintf(os.Stderr, "faulty: exiting with %d\n", code)
		os.Exit(code)
	case "ignore-term":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("faulty: ignoring SIGTERM")
		time.Sleep(time.Hour)
	}
}
