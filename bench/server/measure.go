//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ammarctl/ammarctl/bench/peer"
	"github.com/ammarctl/ammarctl/bench/report"
)

// figures are the results of one server in one case, a value each round.
type figures struct {
	CPU  report.Sample `json:"cpu_us"` // of the server, per request
	Rate report.Sample `json:"requests_per_second"`
	P99  report.Sample `json:"p99_ms"`
}

// measure loads s for some whole seconds with wrk and adds what it cost.
func (f *figures) measure(ctx context.Context, s *server, k kase, seconds time.Duration, dir string) error {
	url := s.url(k)
	argv := []string{"-c", loadCPU, "wrk", "-t1", "--latency", "--timeout", "10s",
		"-c", strconv.Itoa(k.connections), "-d", strconv.Itoa(int(seconds.Seconds())) + "s"}
	if k.header != "" {
		argv = append(argv, "-H", k.header)
	}
	if k.since {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		resp.Body.Close()
		argv = append(argv, "-H", "If-Modified-Since: "+resp.Header.Get("Last-Modified"))
	}
	if k.post {
		script := filepath.Join(dir, "post.lua")
		if err := os.WriteFile(script, []byte("wrk.method = 'POST'\nwrk.body = string.rep('x', 100)\n"), 0o644); err != nil {
			return err
		}
		argv = append(argv, "-s", script)
	}
	before := peer.CPU(s.pids(k))
	out, err := exec.CommandContext(ctx, "taskset", append(argv, url)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("wrk: %w: %s", err, out)
	}
	used := peer.CPU(s.pids(k)) - before
	load, err := peer.ParseWrk(out, k.failing)
	if err != nil {
		return err
	}
	if k.size > 0 {
		load.Count(k.size)
	}
	f.CPU = append(f.CPU, float64(used.Nanoseconds())/1000/load.Requests)
	f.Rate = append(f.Rate, load.PerSecond)
	f.P99 = append(f.P99, float64(load.P99.Microseconds())/1000)
	return nil
}
