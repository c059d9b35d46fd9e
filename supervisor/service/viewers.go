//go:build unix

package service

import (
	"sync"
	"time"
)

// Viewers knows whether a client watches the services, so that they are measured
// less often otherwise. The zero value is ready; its methods are safe
// for concurrent use.
type Viewers struct {
	mu    sync.Mutex
	last  time.Time
	first chan struct{} // closed by the next view after a pause
}

// viewPause is the time without a view after which no client watches.
const viewPause = 3 * time.Second

// Viewed records that the services were shown.
func (v *Viewers) Viewed() {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	if now.Sub(v.last) > viewPause && v.first != nil {
		close(v.first)
		v.first = nil
	}
	v.last = now
}

// recentlyWatched tells whether there was a view within viewPause.
func (v *Viewers) recentlyWatched() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return time.Since(v.last) <= viewPause
}

// next is closed by the first view after a pause.
func (v *Viewers) next() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.first == nil {
		v.first = make(chan struct{})
	}
	return v.first
}
