// Package wake has the channel by which one goroutine wakes another that may
// be busy: several calls before it looks are one.
package wake

// Signal is set or not. Its reader receives from it, which clears it. It has
// one reader, or any one of several is woken.
type Signal chan struct{}

// New makes a signal that is not set.
func New() Signal { return make(Signal, 1) }

// Set sets the signal and never blocks. It is safe for concurrent use.
func (s Signal) Set() {
	select {
	case s <- struct{}{}:
	default:
	}
}
