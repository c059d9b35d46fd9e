package sockdiag

import "time"

// idleAfter is how long the last byte of a connection must have been the
// program's before the connection counts as idle.
const idleAfter = time.Second

// Use tells what a connection is doing.
type Use uint8

// A connection is Busy while a request may be in progress, Idle when the last
// byte was the program's and that was at least a second ago, or when a client
// has sent nothing for that long.
const (
	Busy Use = iota
	Idle
)

// UseOf classifies a connection whose Info is known.
func UseOf(s *Socket) Use {
	i := s.Info
	switch {
	case !i.Known, s.Receive > 0, s.Send > 0: // bytes that the program or the peer has not taken yet
		return Busy
	case i.Received == 0:
		if i.LastReceived >= idleAfter && i.LastSent >= idleAfter {
			return Idle
		}
	case i.LastSent >= idleAfter && i.LastSent <= i.LastReceived:
		return Idle
	}
	return Busy
}

// Drain is how far a process is from having nothing left to lose.
type Drain struct {
	Queued int // connections that the kernel has accepted and the program has not
	Coming int // handshakes in progress on its addresses, its successor's included
	Busy   int
	Idle   int
}

// Drained reports that no request is waiting or in progress. Handshakes
// count for the first second only: later ones were sent to the successor.
func (d Drain) Drained(sinceHandover time.Duration) bool {
	return d.Queued == 0 && d.Busy == 0 && (d.Coming == 0 || sinceHandover > time.Second)
}
