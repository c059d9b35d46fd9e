//go:build unix

package service

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/sample"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// ServeTraffic counts the connections to the services until ctx ends: exactly
// those that end, and those that are open once a second while a client watches.
// On a system that does not tell of sockets it returns at once.
func (e *Environment) ServeTraffic(ctx context.Context) {
	conn, err := sockdiag.Open()
	if err != nil {
		return
	}
	defer conn.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := e.Meter.Serve(ctx); err != nil {
			e.Log.Debug("The ends of connections are not seen", "error", err)
		}
	}()
	defer func() { <-ended }()
	for ctx.Err() == nil {
		if err := e.Meter.Sample(conn); err != nil {
			e.Log.Debug("The open connections are not seen", "error", err)
		}
		pace, viewed := sampleEvery, (<-chan struct{})(nil)
		if !e.Viewers.recentlyWatched() {
			pace, viewed = sampleIdle, e.Viewers.next()
		}
		timer := time.NewTimer(pace)
		select {
		case <-ctx.Done():
		case <-viewed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// traffic is the part of the meter that is about one service. The service's
// goroutine owns it.
type traffic struct {
	meter    *sockdiag.Meter // nil: nothing is counted
	watched  []netip.AddrPort
	previous sockdiag.Traffic
	at       time.Time
}

// watch counts the connections to these addresses, host:port, and to no others.
func (t *traffic) watch(listens []string) {
	if t.meter == nil {
		return
	}
	var now []netip.AddrPort
	for _, text := range listens {
		if at, err := netip.ParseAddrPort(text); err == nil && at.Port() != 0 {
			now = append(now, at)
		}
	}
	if slices.Equal(now, t.watched) {
		return
	}
	for _, at := range now {
		if !slices.Contains(t.watched, at) {
			t.meter.Watch(at)
		}
	}
	for _, at := range t.watched {
		if !slices.Contains(now, at) {
			t.meter.Unwatch(at)
		}
	}
	t.watched, t.at = now, time.Time{}
}

// fill adds the connections to a sample.
func (t *traffic) fill(s *sample.Sample, now time.Time) {
	if len(t.watched) == 0 {
		return
	}
	var sum sockdiag.Traffic
	for _, at := range t.watched {
		one, _ := t.meter.Traffic(at)
		sum.Open, sum.Queued, sum.Closed = sum.Open+one.Open, sum.Queued+one.Queued, sum.Closed+one.Closed
		sum.In, sum.Out, sum.RTT = sum.In+one.In, sum.Out+one.Out, max(sum.RTT, one.RTT)
	}
	total := func(t sockdiag.Traffic) uint64 { return t.Closed + uint64(t.Open) }
	found := &api.Sockets{
		Open: sum.Open, Queued: sum.Queued, ConnectionsTotal: total(sum), InTotal: sum.In, OutTotal: sum.Out,
		RTTMS: milliseconds(sum.RTT),
	}
	if seconds := now.Sub(t.at).Seconds(); !t.at.IsZero() && seconds > 0 {
		growth := func(before, now uint64) float64 { return float64(max(now, before)-before) / seconds }
		found.PerSecond = growth(total(t.previous), total(sum))
		found.InPerSecond = growth(t.previous.In, sum.In)
		found.OutPerSecond = growth(t.previous.Out, sum.Out)
	}
	t.previous, t.at = sum, now
	s.Sockets = found
	if s.Reported {
		return
	}
	s.Connections, s.BytesPerSecond = found.Open, found.OutPerSecond
	if s.Source == "" {
		s.Source = api.SourceSockets
	}
}
