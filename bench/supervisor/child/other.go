//go:build !linux

// Command child is part of a benchmark that runs on Linux only.
package main

func main() {}
