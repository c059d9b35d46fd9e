//go:build !linux || !amd64

// Command camera measures camera servers on a camera that is not there, which
// needs Linux on amd64.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: needs Linux on amd64: its camera is made by the kernel answering for it there")
	os.Exit(1)
}
