//go:build !linux

// Command any measures supervisors through Linux' /proc and runs there only.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: needs Linux: it reads /proc")
	os.Exit(1)
}
