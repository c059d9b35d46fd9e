// Package memtrim keeps the memory of a process that stays to what it needs
// now. The start of a program touches much that is never used again: half of
// its own file is mapped by the initialisers of its packages, and the flags,
// files and templates that it parsed are garbage until a collection comes, which
// may take minutes in a process with nothing to do.
package memtrim

import (
	"runtime/debug"
	"sync"
	"time"
)

// Settle calls Trim once, when this much has passed. The function that it
// returns ends that, and waits for a call that runs.
func Settle(after time.Duration) (stop func()) {
	var running sync.WaitGroup
	end := make(chan struct{})
	running.Go(func() {
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
			Trim()
		case <-end:
		}
	})
	return func() { close(end); running.Wait() }
}

// Trim collects garbage and gives the system back what nobody uses: free heap,
// and the pages of the program's own file. Of these, what is needed comes back
// page by page as it is touched, from the system's cache of the file.
func Trim() {
	debug.FreeOSMemory()
	dropFile()
}
