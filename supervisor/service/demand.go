//go:build unix

package service

import (
	"context"
	"log/slog"
	"sync"

	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/listener"
)

// demand waits for the first client of a service that has no process. The
// service's goroutine owns it.
type demand struct {
	arrived wake.Signal
	cancel  context.CancelFunc // nil while it does not wait
	done    sync.WaitGroup
}

// await has arrived set when a client of ln waits.
func (d *demand) await(ln *listener.Listener, log *slog.Logger) {
	d.stop()
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	d.done.Go(func() {
		err := ln.AwaitClient(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			log.Error("Cannot wait for the first client of a service; it is started", "error", err)
		}
		d.arrived.Set()
	})
}

// stop returns when no goroutine of it is left.
func (d *demand) stop() {
	if d.cancel != nil {
		d.cancel()
		d.done.Wait()
		d.cancel = nil
	}
}
