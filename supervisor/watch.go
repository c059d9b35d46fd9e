//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/probe"
	"github.com/ammarctl/ammarctl/supervisor/sample"
)

const (
	sampleEvery   = time.Second
	sampleTimeout = 500 * time.Millisecond
	ratesKept     = 60
	// While nobody looks and a service does nothing, this is often enough: two
	// hundred idle services cost next to nothing.
	sampleIdle = 5 * time.Second
)

// result is one observation of a process: a sample, or the probe's answer.
type result struct {
	sample *sample.Sample
	idle   int   // seconds before the sample in which it did as little
	probe  error // of the probe, when sample is nil; nil is success
}

// watch looks at one process from outside, at its own pace: a service that
// hangs delays nothing but itself.
type watch struct {
	out    chan result
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startWatch samples a process, often while somebody looks, and
// asks check if that is not nil.
func startWatch(cfg configs.Service, pid int, control string, check probe.Check, looks *looks) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{out: make(chan result), cancel: cancel}
	w.done.Go(func() { w.sample(ctx, sample.New(control, cfg.Metrics), pid, looks) })
	if check != nil {
		w.done.Go(func() {
			probe.Watch(ctx, check, *cfg.Probe, func(err error) { w.tell(ctx, result{probe: err}) })
		})
	}
	return w
}

// results is silent on a nil watch.
func (w *watch) results() <-chan result {
	if w == nil {
		return nil
	}
	return w.out
}

func (w *watch) stop() {
	if w != nil {
		w.cancel()
		w.done.Wait()
	}
}

func (w *watch) tell(ctx context.Context, r result) {
	select {
	case w.out <- r:
	case <-ctx.Done():
	}
}

func (w *watch) sample(ctx context.Context, sampler *sample.Sampler, pid int, looks *looks) {
	defer sampler.Close()
	before := time.Now()
	for {
		bounded, cancel := context.WithTimeout(ctx, sampleTimeout)
		now := time.Now()
		got := sampler.Take(bounded, pid, now)
		cancel()
		w.tell(ctx, result{sample: &got, idle: max(0, int(now.Sub(before)/sampleEvery)-1)})
		before = now
		pace, look := sampleEvery, (<-chan struct{})(nil)
		if idle(got) && !looks.lately() {
			pace, look = sampleIdle, looks.next()
		}
		// All wake at the same moment: the machine sleeps the longer between.
		wake := time.NewTimer(time.Until(now.Truncate(pace).Add(pace)))
		select {
		case <-ctx.Done():
			wake.Stop()
			return
		case <-look:
			wake.Stop()
		case <-wake.C:
		}
	}
}

// idle tells whether the service did nothing; the zero sample says nothing.
func idle(s sample.Sample) bool {
	return s.RSSBytes > 0 && s.CPUPercent == 0 && s.RequestsPerSecond == 0 && s.Streams == 0
}

// observe takes what the watch of a process saw.
func (s *service) observe(r *run, seen result) {
	if seen.sample != nil {
		r.sampled = *seen.sample
		if r == s.cur {
			rates := slices.Clone(s.rates)
			for range seen.idle {
				rates = append(rates, 0)
			}
			rates = append(rates, seen.sample.RequestsPerSecond)
			s.rates = rates[max(0, len(rates)-ratesKept):]
			s.remember(*seen.sample, seen.idle)
		}
		if r.unheard && seen.sample.Reported { // it shows its metrics, so it serves
			r.unheard = false
			s.ready(r)
		}
		s.weigh(r)
		return
	}
	switch {
	case seen.probe == nil && r == s.cur && s.state == api.Degraded:
		s.move(evReady, "")
	case seen.probe == nil && !r.speaksNotify():
		s.ready(r)
	case r != s.cur:
	case seen.probe != nil && s.state == api.Starting:
		s.reason = "not ready yet: " + seen.probe.Error()
	case seen.probe != nil && s.state == api.Ready:
		s.move(evProbeLost, seen.probe.Error())
		s.cure(r)
	case seen.probe != nil && s.state == api.Degraded:
		s.cure(r)
	}
}

// remember keeps a sample, and the seconds before it in which nothing happened.
func (s *service) remember(seen sample.Sample, idle int) {
	now := time.Now()
	for k := idle; k > 0; k-- {
		s.history.Add(now.Add(-time.Duration(k)*sampleEvery), sample.Sample{RSSBytes: seen.RSSBytes})
	}
	s.history.Add(now, seen)
}

// cure restarts a degraded service where that is wished, as often as the start
// limit allows.
func (s *service) cure(r *run) {
	now := time.Now()
	switch {
	case !r.cfg.Probe.Restart || s.next != nil:
		return
	case s.backoff.Exhausted(s.cfg.Restart, now):
		s.reason += fmt.Sprintf("; not restarted any more: %d starts within %s", s.backoff.Starts(s.cfg.Restart, now), words(s.cfg.Restart.Window))
		return
	}
	why := "restarting: " + s.reason
	s.log.Note(slog.LevelWarn, why)
	s.restarts++
	if s.overlaps() {
		s.backoff.Started(s.cfg.Restart, now)
		s.handOver(why)
		return
	}
	s.again = true
	s.move(evStop, why)
	s.terminate(r, why)
}

// speaksNotify tells whether readiness is for the process itself to say.
func (r *run) speaksNotify() bool {
	return r.notified || r.expectReady || r.cfg.Kind != configs.KindExec
}
