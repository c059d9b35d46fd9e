package sockdiag

import "time"

// idleAfter is how long the last byte of a connection must have been the
// program's before the connection counts as idle.
const idleAfter = time.Second

// idleAfterTie replaces idleAfter where the last bytes of both sides came in
// the same tick of the kernel's clock (1 to 10 ms). The answer may have been
// the last, or a request that followed at once.
const idleAfterTie = 3 * time.Second

// Use tells what a connection is doing.
type Use uint8

// A connection is Busy while a request may be in progress. It is Idle when the
// last byte was the program's and that was at least a second ago, or when a
// client has sent nothing for that long.
const (
	Busy Use = iota
	Idle
)

// UseOf classifies a connection whose Info is known.
func UseOf(s *Socket) Use {
	i := s.Info
	silent := i.Received == 0 || s.State == CloseWait && i.Received == 1 // a FIN counts as a byte
	after := idleAfter
	switch {
	case !i.Known, s.Receive > 0, s.Send > 0: // bytes that the program or the peer has not taken yet
		return Busy
	case silent && i.LastReceived < after:
		return Busy
	case silent:
	case i.Acked == 0, i.LastSent > i.LastReceived: // nothing was answered, or not the last request
		return Busy
	case i.LastSent == i.LastReceived:
		after = idleAfterTie
	}
	if i.LastSent < after {
		return Busy
	}
	return Idle
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
