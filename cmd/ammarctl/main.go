// Command ammarctl runs several services on one machine and shows in the
// terminal what they do.
package main

import "os"

func main() {
	if code, ok := launcher(os.Args[1:]); ok {
		os.Exit(code)
	}
	os.Exit(run(os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}))
}
