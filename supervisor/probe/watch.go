package probe

import (
	"context"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
)

// firstPace is that until the first success, so that a service is ready when
// it is, and not a period later.
const firstPace = 100 * time.Millisecond

// Watch asks again and again until ctx ends, and tells when the answer becomes
// another: nil with the first success after a failure or the start, an error
// with every p.Failures failures in a row. Within p.StartPeriod of the start,
// or of this call when that is later, failures don't count.
func Watch(ctx context.Context, check Check, p configs.Probe, tell func(error)) {
	begin := time.Now()
	successes, failures, every := 0, 0, min(firstPace, p.Every)
	for {
		bounded, cancel := context.WithTimeout(ctx, p.Timeout)
		err := check(bounded)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			if successes++; successes == 1 {
				every = p.Every
				tell(nil)
			}
		case successes == 0 && time.Since(begin) < p.StartPeriod:
		default:
			if failures++; failures%p.Failures == 0 {
				successes, every = 0, p.Every
				tell(explain.Errorf("probe-failing", "the probe failed %d times in a row: %w", failures, err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}
