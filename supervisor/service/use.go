//go:build unix

package service

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// unusedPace is how often connections are counted.
const unusedPace = time.Second

// countClients calls unused when the service at an address had no connection for as long as idle_stop
// says. Short connections between two samples count, since the kernel reports
// the end of each.
func countClients(ctx context.Context, address string, idleStop time.Duration, log *slog.Logger, unused func()) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return
	}
	conn, err := sockdiag.Open()
	if err != nil {
		log.Warn("idle_stop has no effect", "error", err)
		return
	}
	defer conn.Close()
	meter := sockdiag.NewMeter()
	meter.Watch(at)
	var reading sync.WaitGroup
	reading.Go(func() {
		if err := meter.Serve(ctx); err != nil && ctx.Err() == nil {
			log.Debug("Short connections are not counted for idle_stop", "error", err)
		}
	})
	defer reading.Wait()
	pace := time.NewTicker(min(unusedPace, max(idleStop/4, 10*time.Millisecond)))
	defer pace.Stop()
	last, closed := time.Now(), uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
		err := meter.Sample(conn)
		seen, _ := meter.Traffic(at)
		if err != nil || seen.Open > 0 || seen.Queued > 0 || seen.Closed != closed {
			last, closed = time.Now(), seen.Closed
		}
		if time.Since(last) >= idleStop {
			unused()
			last = time.Now()
		}
	}
}
