//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
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

func startWatch(cfg configs.Service, pid int, control string, ln *listener) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{out: make(chan result), cancel: cancel}
	w.done.Go(func() { w.sample(ctx, sample.New(control), pid) })
	if cfg.Probe != nil {
		w.done.Go(func() { w.probe(ctx, *cfg.Probe, probeURL(cfg, ln)) })
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
	}
}

// speaksNotify tells whether readiness is for the process itself to say.
func (r *run) speaksNotify() bool { return r.notified || r.cfg.Kind != configs.KindExec }

func probeURL(cfg configs.Service, ln *listener) string {
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(cfg.Port))
	if ln != nil {
		addr = ln.addr
	}
	return "http://" + addr + cfg.Probe.HTTP
}

// firstProbes is the pace until the first success, so that a service is
// ready when it is, and not a period later.
const firstProbes = 100 * time.Millisecond

// probe asks again and again, and tells when the answer changes.
func (w *watch) probe(ctx context.Context, p configs.Probe, url string) {
	client := &http.Client{Timeout: p.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	successes, failures, every := 0, 0, firstProbes
	for {
		err := probeOnce(ctx, client, url)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			if successes++; successes == 1 {
				every = p.Every
				w.tell(ctx, result{})
			}
		default:
			if failures++; failures%p.Failures == 0 {
				successes, every = 0, p.Every
				w.tell(ctx, result{probe: fmt.Errorf("the probe failed %d times in a row: %w", failures, err)})
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

func probeOnce(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("GET %s answered %s, expected 2xx", url, resp.Status)
	}
	return nil
}
