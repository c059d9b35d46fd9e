//go:build !linux

// Command server measures servers through Linux' /proc and runs there only.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: needs Linux: it reads /proc and pins processes to processors")
	os.Exit(1)
}
