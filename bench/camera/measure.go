//go:build linux && amd64

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/bench/peer"
	"github.com/ammarctl/ammarctl/bench/report"
)

// figures are the results of one server in one round, by name.
type figures map[string]float64

// measure does everything to a server that was just started.
func measure(ctx context.Context, v *server, p plan) (figures, error) {
	f := figures{}
	for _, n := range p.viewers {
		if err := f.watch(ctx, v, n, p.seconds); err != nil {
			return nil, fmt.Errorf("%d viewers of %s: %w", n, v.name, err)
		}
	}
	for _, n := range p.pollers {
		if err := f.poll(ctx, v, n, p.seconds); err != nil {
			return nil, fmt.Errorf("%d pollers of %s: %w", n, v.name, err)
		}
	}
	if err := f.slow(ctx, v, p.slow); err != nil {
		return nil, fmt.Errorf("a slow viewer of %s: %w", v.name, err)
	}
	pid := v.program.Cmd.Process.Pid
	f["memory after all that"] = memory(pid)
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	f["threads"] = float64(len(tasks))
	return f, err
}

// settled is how long all viewers have been there before it counts.
const settled = 200 * time.Millisecond

// watch has n viewers. The first looks when its pictures were captured.
func (f figures) watch(ctx context.Context, v *server, n int, seconds time.Duration) error {
	var all, there sync.WaitGroup
	var frames atomic.Int64
	var until time.Time // written before begun is closed
	var ages report.Sample
	var odd error // of the first viewer's pictures
	begun := make(chan struct{})
	errs := make([]error, n)
	there.Add(n)
	for i := range n {
		all.Go(func() {
			arrived := sync.OnceFunc(there.Done)
			defer arrived()
			// Unread pictures would be old before they count, so each viewer reads
			// from the start.
			errs[i] = v.each(ctx, func(file []byte, at time.Time) (bool, error) {
				arrived()
				select {
				case <-begun:
				default:
					return true, nil
				}
				frames.Add(1)
				if i > 0 {
					return at.Before(until), nil
				}
				// A server that lost the camera for a moment shows something else.
				age, err := v.age(file, at)
				if err != nil {
					odd = err
				} else {
					ages = append(ages, age)
				}
				return at.Before(until), nil
			}, i == 0)
		})
	}
	there.Wait()
	time.Sleep(settled)
	pid := v.program.Cmd.Process.Pid
	before := cpu(pid)
	until = time.Now().Add(seconds)
	close(begun)
	all.Wait()
	used := cpu(pid) - before
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(ages) == 0 {
		return errors.Join(errors.New("no picture of the camera came"), odd)
	}
	f[fmt.Sprintf("CPU per picture, %d viewers", n)] = float64(used.Microseconds()) / float64(frames.Load())
	if n == 1 {
		f["latency p50"], f["latency p95"], f["latency p99"] = ages.Quantile(0.5), ages.Quantile(0.95), ages.Quantile(0.99)
		f["memory with 1 viewer"] = memory(pid)
	} else {
		f[fmt.Sprintf("latency p99, %d viewers", n)] = ages.Quantile(0.99)
	}
	return nil
}

// memory is what a process takes, in MiB.
func memory(pid int) float64 { return float64(peer.PSS([]int{pid})) / 1024 }

// each views the stream, and gives every picture to do until it says false. The
// picture is nil unless keep.
func (v *server) each(ctx context.Context, do func(file []byte, at time.Time) (bool, error), keep bool) error {
	w, err := v.view(ctx, 0)
	if err != nil {
		return err
	}
	defer w.close()
	for more := true; more && err == nil; {
		var file []byte
		if file, err = w.next(keep); err == nil {
			more, err = do(file, time.Now())
		}
	}
	return err
}

// ages returns how old each picture was when its last byte arrived, in ms. It waits
// for at least one.
func (v *server) ages(w *viewer, until time.Time) (report.Sample, error) {
	var ages report.Sample
	for len(ages) == 0 || time.Now().Before(until) {
		file, err := w.next(true)
		arrived := time.Now()
		if err != nil {
			return nil, err
		}
		if age, err := v.age(file, arrived); err == nil {
			ages = append(ages, age)
		}
	}
	return ages, nil
}

// age is how long before a moment a served picture was captured, in ms.
func (v *server) age(file []byte, at time.Time) (float64, error) {
	number, err := v.source.number(file)
	if err != nil {
		return 0, err
	}
	captured, err := v.clock.captured(number)
	return float64(at.Sub(captured)) / float64(time.Millisecond), err
}

// poll has n clients ask for one picture after the other.
func (f figures) poll(ctx context.Context, v *server, n int, seconds time.Duration) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var took report.Sample
	var first error
	old := 0
	var all sync.WaitGroup
	until := time.Now().Add(seconds)
	for range n {
		all.Go(func() {
			for time.Now().Before(until) {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.address+v.snapshot, nil)
				if err != nil {
					panic(err) // the address is ours
				}
				asked := time.Now()
				file, err := fetch(client, req)
				arrived := time.Now()
				if err != nil {
					mu.Lock()
					first = err
					mu.Unlock()
					return
				}
				age, err := v.age(file, arrived)
				if err != nil {
					continue // it shows something else than the camera
				}
				mu.Lock()
				took = append(took, float64(arrived.Sub(asked))/float64(time.Millisecond))
				if age > took[len(took)-1] {
					old++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if first == nil && len(took) == 0 {
		first = errors.New("no picture of the camera came")
	}
	if first != nil {
		return first
	}
	f[fmt.Sprintf("snapshot p50, %d pollers", n)] = took.Quantile(0.5)
	f[fmt.Sprintf("snapshot p95, %d pollers", n)] = took.Quantile(0.95)
	if n == 1 {
		f["snapshots captured before they were asked for"] = 100 * float64(old) / float64(len(took))
	}
	return nil
}

// slow has one viewer that takes 1 MB/s: how old is what it gets in the end?
func (f figures) slow(ctx context.Context, v *server, lasts time.Duration) error {
	w, err := v.view(ctx, 64<<10)
	if err != nil {
		return err
	}
	defer w.close()
	w.body = bufio.NewReaderSize(&throttled{Conn: w.conn, perSecond: 1_000_000}, 4096)
	// The bytes behind the answer's header are lost, and so is the first picture's
	// beginning.
	if _, err := w.next(false); err != nil {
		return err
	}
	ages, err := v.ages(w, time.Now().Add(lasts))
	if err == nil {
		f["age of a picture at 1 MB/s"] = ages[len(ages)/2:].Median()
	}
	return err
}

// cpu is what a process has used so far, by the scheduler's own account, which
// is finer than clock ticks.
func cpu(pid int) time.Duration {
	var total time.Duration
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, t := range tasks {
		data, _ := os.ReadFile(t) // a thread that has ended does not count
		if fields := strings.Fields(string(data)); len(fields) > 0 {
			n, _ := strconv.ParseInt(fields[0], 10, 64)
			total += time.Duration(n)
		}
	}
	return total
}
