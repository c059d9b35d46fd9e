//go:build unix

package supervisor

import (
	"math/rand/v2"
	"time"

	"github.com/ammarctl/ammarctl/configs"
)

// backoff decides when a service that ended is started again: the first time
// at once, then after a delay that doubles up to its maximum. A process that
// was ready for the window's length makes it start over.
type backoff struct {
	spread   func(time.Duration) time.Duration // nil: as it is
	policy   configs.Restart
	attempts int         // restarts since the service was well
	starts   []time.Time // those within the window
}

// started takes note of a start.
func (b *backoff) started(now time.Time) {
	b.starts = append(b.starts, now)
	b.forget(now)
}

// forget drops the starts that the window has left behind.
func (b *backoff) forget(now time.Time) {
	for len(b.starts) > 0 && now.Sub(b.starts[0]) > b.policy.Window {
		b.starts = b.starts[1:]
	}
}

// exhausted tells whether the start limit is reached.
func (b *backoff) exhausted(now time.Time) bool {
	b.forget(now)
	return b.policy.Limit > 0 && len(b.starts) >= b.policy.Limit
}

// well takes note that a process was ready for so long.
func (b *backoff) well(ready time.Duration) {
	if ready >= b.policy.Window {
		b.attempts = 0
	}
}

// delay is how long to wait before the next start, which it counts.
func (b *backoff) delay() time.Duration {
	b.attempts++
	if b.attempts == 1 {
		return 0
	}
	wait := doubled(b.policy.Delay, b.policy.MaxDelay, b.attempts-2)
	if b.spread == nil {
		return wait
	}
	return b.spread(wait)
}

// jitter keeps services that crashed together from starting together: a tenth
// more or less.
func jitter(wait time.Duration) time.Duration {
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

// reset forgets the past: a person asked for a start.
func (b *backoff) reset() {
	b.attempts = 0
	b.starts = nil
}
