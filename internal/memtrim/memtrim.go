// Package memtrim reduces the memory of a long-running process to what it needs now.
// The start of a program touches much that it never uses again. The initialisers of
// its packages map half of its own file. The flags, files and templates that it parsed
// stay as garbage until the next collection, which may take minutes in an idle
// process.
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

// Trim collects garbage and gives the system back unused memory: free heap, and the
// pages of the program's own file. Pages of the file that are needed again come back
// one by one, from the system's cache.
func Trim() {
	debug.FreeOSMemory()
	dropFile()
}
