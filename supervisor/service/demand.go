//go:build unix

package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
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

// awaitClient opens the service's port without a process; the first client
// starts one. Where the port is taken, the service starts as any other does.
func (a *actor) awaitClient() {
	a.nextStart.cancel()
	if lost, err := a.socket.open(a.cfg); err != nil || a.socket.listener == nil {
		a.start()
		return
	} else if lost != nil {
		a.log.Note(slog.LevelWarn, lost.Error()+"; another port is taken")
	}
	a.move(evListen, "the first client starts it")
	a.demand.await(a.socket.listener, a.env.Log)
}

// clientCame starts a service whose first client waits.
func (a requests) clientCame() {
	if a.phase == api.OnDemand {
		a.log.Note(slog.LevelInfo, "a client has come")
		a.start()
	}
}

// unused ends the process of a service that had no client for idle_stop. The
// next client starts another one.
func (a monitor) unused(r *run) {
	if r != a.serving || a.phase != api.Ready || !a.cfg.OnDemand() {
		return
	}
	why := fmt.Sprintf("no client for %s, which is idle_stop", humanize.Setting(r.cfg.IdleStop))
	a.log.Note(slog.LevelInfo, why)
	a.endServing(why, why)
	a.pending = a.awaitClient
}

// unusedPace is how often connections are counted.
const unusedPace = time.Second

// watchUse has w tell when the service at an address was not used.
func (w *watcher) watchUse(address string, idleStop time.Duration, log *slog.Logger) {
	w.done.Go(func() { w.countClients(w.ctx, address, idleStop, log) })
}

// countClients tells when the service had no connection for as long as idle_stop
// says. Short connections between two samples count, since the kernel reports
// the end of each.
func (w *watcher) countClients(ctx context.Context, address string, idleStop time.Duration, log *slog.Logger) {
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
			w.tell(ctx, result{unused: true})
			last = time.Now()
		}
	}
}
