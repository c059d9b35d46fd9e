//go:build unix

package supervisor

import (
	"sync"
	"time"
)

// looks knows whether somebody looks at the services. The zero value is ready
// for use.
type looks struct {
	mu    sync.Mutex
	last  time.Time
	first chan struct{} // closed by the next look after a pause
}

// lookPause is how long nobody has to look to be away.
const lookPause = 3 * time.Second

// look takes note of somebody who looks.
func (l *looks) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.last) > lookPause && l.first != nil {
		close(l.first)
		l.first = nil
	}
	l.last = now
}

// lately tells whether somebody has looked, and so may again.
func (l *looks) lately() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.last) <= lookPause
}

// next is closed when somebody looks after a pause.
func (l *looks) next() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = make(chan struct{})
	}
	return l.first
}
