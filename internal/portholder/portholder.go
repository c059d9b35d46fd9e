// Package portholder finds out which process listens on a TCP port, so that
// "address already in use" can say who uses it.
package portholder

// Holder is a process that listens.
type Holder struct {
	PID  int
	Name string // its command name, as in ps
}
