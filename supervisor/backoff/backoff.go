// Package backoff decides when a service that ended is started again: the first
// time at once, then after a delay that doubles. It also decides when to call
// the service failing, and when to give up.
package backoff

import (
	"math/rand/v2"
	"time"

	"github.com/ammarctl/ammarctl/configs"
)

// Backoff counts the starts of one service. It holds no policy: each question
// names the one in force, so that a changed configuration counts at once. The
// zero value has counted nothing. It is for one goroutine.
type Backoff struct {
	attempts int         // failures, each with a restart, since the service last was healthy
	starts   []time.Time // the starts that may still be within a window
}

// Started records a start.
func (b *Backoff) Started(p configs.Restart, now time.Time) {
	b.starts = append(b.starts, now)
	b.forget(p, now)
}

// forget drops the starts that are older than the window.
func (b *Backoff) forget(p configs.Restart, now time.Time) {
	for len(b.starts) > 0 && now.Sub(b.starts[0]) > p.Window {
		b.starts = b.starts[1:]
	}
}

// Starts is the number of starts within the window.
func (b *Backoff) Starts(p configs.Restart, now time.Time) int {
	b.forget(p, now)
	return len(b.starts)
}

// Exhausted tells whether the start limit is reached. A limit of 0 is none.
func (b *Backoff) Exhausted(p configs.Restart, now time.Time) bool {
	return p.Limit > 0 && b.Starts(p, now) >= p.Limit
}

// Healthy records for how long a process was ready. From the window's length
// on, the delays begin again at zero.
func (b *Backoff) Healthy(p configs.Restart, ready time.Duration) {
	if ready >= p.Window {
		b.attempts = 0
	}
}

// Next counts a restart and returns how long to wait before it: zero the first
// time, then the policy's delay, doubled each time up to its maximum.
func (b *Backoff) Next(p configs.Restart) time.Duration {
	b.attempts++
	if b.attempts == 1 {
		return 0
	}
	return doubled(p.Delay, p.MaxDelay, b.attempts-2)
}

// FailingFrom is the number of failures in a row that make a service failing.
const FailingFrom = 5

// Failures is how often the service failed since it was healthy.
func (b *Backoff) Failures() int { return b.attempts }

// Failing tells whether the service has failed FailingFrom times in a row.
func (b *Backoff) Failing() bool { return b.attempts >= FailingFrom }

// Hopeless counts as so many failures that the next one makes the service
// failing: its program cannot be executed.
func (b *Backoff) Hopeless() { b.attempts = max(b.attempts, FailingFrom-1) }

// Jitter spreads a delay by a tenth more or less, so that services that crashed
// together do not start together.
func Jitter(wait time.Duration) time.Duration {
	return time.Duration(float64(wait) * (0.9 + 0.2*rand.Float64()))
}

func doubled(delay, limit time.Duration, times int) time.Duration {
	for range times {
		if delay >= limit {
			break
		}
		delay *= 2
	}
	return min(delay, limit)
}

// Reset forgets everything, for a start that a person asked for.
func (b *Backoff) Reset() { *b = Backoff{} }
