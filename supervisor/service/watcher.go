//go:build unix

package service

import (
	"context"
	"log/slog"
	"net/netip"
	"regexp"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/probe"
	"github.com/ammarctl/ammarctl/supervisor/sample"
)

const (
	sampleEvery   = time.Second
	sampleTimeout = 500 * time.Millisecond
	// sampleIdle is the pace for an unwatched service that does nothing, so that
	// two hundred idle services cost next to nothing.
	sampleIdle = 5 * time.Second
)

// result is one observation of a process: a sample, or the probe's answer.
type result struct {
	unused bool // it had no client for idle_stop
	sample *sample.Sample
	// listens is where a process without takeover listens, at the time of the
	// sample; nil where the ports are known from takeover.
	listens []netip.AddrPort
	idle    int   // the seconds before the sample in which the service did nothing either
	probe   error // the probe's answer when sample is nil; nil is success
	logged  bool  // a line of its log says that it is ready
}

// watcher measures and probes one process in goroutines of its own, so that a
// process that hangs delays nothing else.
type watcher struct {
	out    chan result
	ports  bool
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// awaitedLine is the line of a log that makes a process ready.
type awaitedLine struct {
	log     *logs.Log
	after   uint64    // the number of the line after which it is awaited
	since   time.Time // older lines are another process's
	pattern *regexp.Regexp
}

// newWatcher samples a process, often while a client watches. It runs check and
// waits for line unless these are nil. With ports it looks where the process
// listens too. The caller stops it.
func newWatcher(
	cfg configs.Service, pid int, control string, check probe.Check, line *awaitedLine, viewers *Viewers, ports bool,
) *watcher {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{out: make(chan result), ctx: ctx, cancel: cancel, ports: ports}
	w.done.Go(func() { w.sample(ctx, sample.New(control, cfg.Metrics), pid, viewers) })
	if check != nil {
		w.done.Go(func() {
			probe.Watch(ctx, check, *cfg.Probe, func(err error) { w.tell(ctx, result{probe: err}) })
		})
	}
	if line != nil {
		w.done.Go(func() {
			if line.wait(ctx) {
				w.tell(ctx, result{logged: true})
			}
		})
	}
	return w
}

// wait returns true when the line is there, and false when ctx has ended.
func (l *awaitedLine) wait(ctx context.Context) bool {
	after := l.after
	for {
		changed := l.log.Changed()
		lines, _ := l.log.Since(after, 1000)
		for _, line := range lines {
			after = line.Seq
			if !line.Supervisor && !line.Time.Before(l.since) && l.pattern.MatchString(line.Raw) {
				return true
			}
		}
		if len(lines) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// results is nil for a nil watcher.
func (w *watcher) results() <-chan result {
	if w == nil {
		return nil
	}
	return w.out
}

func (w *watcher) stop() {
	if w != nil {
		w.cancel()
		w.done.Wait()
	}
}

func (w *watcher) tell(ctx context.Context, r result) {
	select {
	case w.out <- r:
	case <-ctx.Done():
	}
}

func (w *watcher) sample(ctx context.Context, sampler *sample.Sampler, pid int, viewers *Viewers) {
	defer sampler.Close()
	previous := time.Now()
	for {
		bounded, cancel := context.WithTimeout(ctx, sampleTimeout)
		now := time.Now()
		got := sampler.Take(bounded, pid, now)
		cancel()
		var listens []netip.AddrPort
		if w.ports {
			listens, _ = sample.Listening(pid) // without sock_diag, none are seen
		}
		quiet := idle(got) // before the receiver owns the sample, and completes it
		w.tell(ctx, result{sample: &got, listens: listens, idle: max(0, int(now.Sub(previous)/sampleEvery)-1)})
		previous = now
		pace, viewed := sampleEvery, (<-chan struct{})(nil)
		if quiet && !viewers.recentlyWatched() {
			pace, viewed = sampleIdle, viewers.next()
		}
		// All services are sampled at the same moment, so that the machine sleeps longer in between.
		wake := time.NewTimer(time.Until(now.Truncate(pace).Add(pace)))
		select {
		case <-ctx.Done():
			wake.Stop()
			return
		case <-viewed:
			wake.Stop()
		case <-wake.C:
		}
	}
}

// idle tells whether the service did nothing; the zero sample says nothing.
func idle(s sample.Sample) bool {
	return s.RSSBytes > 0 && s.CPUPercent == 0 && s.RequestsPerSecond == 0 && s.Streams == 0
}

// watchUse has w tell when the service at an address was not used for idleStop.
func (w *watcher) watchUse(address string, idleStop time.Duration, log *slog.Logger) {
	w.done.Go(func() {
		countClients(w.ctx, address, idleStop, log, func() { w.tell(w.ctx, result{unused: true}) })
	})
}
