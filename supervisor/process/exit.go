//go:build unix

package process

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// Exit is how a process ended.
type Exit struct {
	Code    int    // -1 when a signal ended it, or when it is unknown
	Signal  string // "killed"; empty when it exited by itself
	Unknown bool   // its parent was not there to see

	number unix.Signal
}

// String is what a person reads: "exit status 3", "signal: killed".
func (e Exit) String() string {
	switch {
	case e.Unknown:
		return "ended while nobody could see how"
	case e.Signal != "":
		return "signal: " + e.Signal
	}
	return "exit status " + strconv.Itoa(e.Code)
}

func exitOf(code int, sig unix.Signal) Exit {
	if sig != 0 {
		return Exit{Code: -1, Signal: sig.String(), number: sig}
	}
	return Exit{Code: code}
}

// ExitOf is what the kernel said of an end.
func ExitOf(status unix.WaitStatus) Exit {
	if status.Signaled() {
		return exitOf(-1, status.Signal())
	}
	return exitOf(status.ExitStatus(), 0)
}
