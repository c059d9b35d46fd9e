package filter

import "runtime"

// Accepted is what the supervisor writes to the launcher's socket when the
// notification descriptor is in safe hands.
const Accepted = 'g'

// OnCleanThread runs f on a thread that has no filter of Install, and returns
// what it returns. When f executes a program, the program has no filter. The
// thread has none of the caller's settings (nice value, processors) either:
// f repeats them.
func OnCleanThread(f func() error) error {
	failed := make(chan error)
	go func() { // a locked thread, as the caller's is, makes no threads for others
		runtime.LockOSThread()
		failed <- f()
	}()
	return <-failed
}
