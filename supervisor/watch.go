//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"log/slog"
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
)

// result is one observation of a process: a sample, or the probe's answer.
type result struct {
	sample *sample.Sample
	probe  error // of the probe, when sample is nil; nil is success
}

// watch looks at one process from outside, at its own pace: a service that
// hangs delays nothing but itself.
type watch struct {
	out    chan result
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startWatch samples a process, and asks check if that is not nil.
func startWatch(cfg configs.Service, pid int, control string, check probe.Check) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{out: make(chan result), cancel: cancel}
	w.done.Go(func() { w.sample(ctx, sample.New(control), pid) })
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

func (w *watch) sample(ctx context.Context, sampler *sample.Sampler, pid int) {
	defer sampler.Close()
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		bounded, cancel := context.WithTimeout(ctx, sampleTimeout)
		got := sampler.Take(bounded, pid, time.Now())
		cancel()
		w.tell(ctx, result{sample: &got})
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// observe takes what the watch of a process saw.
func (s *service) observe(r *run, seen result) {
	if seen.sample != nil {
		r.sampled = *seen.sample
		if r == s.cur {
			s.rates = append(s.rates[max(0, len(s.rates)-ratesKept+1):len(s.rates):len(s.rates)], seen.sample.RequestsPerSecond)
		}
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

// cure restarts a degraded service where that is wished, as often as the start
// limit allows.
func (s *service) cure(r *run) {
	now := time.Now()
	switch {
	case !r.cfg.Probe.Restart || s.next != nil:
		return
	case s.backoff.exhausted(now):
		s.reason += fmt.Sprintf("; not restarted any more: %d starts within %s", len(s.backoff.starts), words(s.cfg.Restart.Window))
		return
	}
	why := "restarting: " + s.reason
	s.log.Note(slog.LevelWarn, why)
	s.restarts++
	if s.overlaps() {
		s.backoff.started(now)
		s.handOver(why)
		return
	}
	s.again = true
	s.move(evStop, why)
	s.terminate(r, why)
}

// speaksNotify tells whether readiness is for the process itself to say.
func (r *run) speaksNotify() bool { return r.notified || r.cfg.Kind != configs.KindExec }
