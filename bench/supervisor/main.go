//go:build linux

// Command supervisor runs ammarctl and Debian's supervisor, runit and s6 with
// the same services, one after the other, and prints what each costs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/bench/peer"
	"github.com/ammarctl/ammarctl/bench/report"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	quick := flag.Bool("quick", false, "few services and a short time, to see that it runs; writes no document")
	flag.Parse()
	counts, idle := []int{0, 10, 200}, 10*time.Second
	if *quick {
		counts, idle = []int{5}, time.Second
	}
	bin, err := os.MkdirTemp("", "ammarctl-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	for name, pkg := range map[string]string{"ammarctl": "./cmd/ammarctl", leaf: "./bench/supervisor/child"} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(bin, name), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot build %s (run this from the project's folder): %w: %s", pkg, err, out)
		}
	}
	text := fmt.Sprintf("## Beside supervisor, runit and s6\n\nWritten by `make bench-supervisor` on %s. Memory is PSS of the supervisor's own processes, idle figures are over %s; restart: from kill -9 of a service to its new process's first instruction, with each one's default delays.\n\n| supervisor | services | all started | memory | idle CPU | switches/s | restart p50 | restart p99 |\n|---|---|---|---|---|---|---|---|\n",
		time.Now().UTC().Format(time.DateOnly), idle)
	chart := report.Chart{Title: "kill -9 of a service to its new process", Unit: "ms"}
	for _, p := range [][2]string{{"ammarctl", "sh"}, {"supervisor", "supervisord"}, {"runit", "runsvdir"}, {"s6", "s6-svscan"}} {
		if _, err := exec.LookPath(p[1]); err != nil {
			text += "| " + p[0] + " | not installed | | | | | | |\n"
			continue
		}
		for _, n := range counts {
			if n == 0 && p[0] == "ammarctl" {
				text += "| ammarctl | 0 | its configuration needs a service | | | | | |\n"
				continue
			}
			line, delays, err := measure(ctx, p[0], bin, n, idle)
			if err != nil {
				return fmt.Errorf("%s with %d services: %w", p[0], n, err)
			}
			text += line
			if len(delays) > 0 && n <= 10 {
				chart.Bars = append(chart.Bars, report.Bar{Label: p[0], Value: delays.Median()})
			}
		}
	}
	fmt.Print(text)
	if *quick {
		return nil
	}
	text += "\n![" + chart.Title + "](pictures/bench-supervisor-restart.svg)\n"
	return report.Save(".", "supervisor", text, map[string]report.Chart{"bench-supervisor-restart.svg": chart})
}

func measure(ctx context.Context, name, bin string, n int, idle time.Duration) (string, report.Sample, error) {
	dir, err := os.MkdirTemp("", "ammarctl-bench")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(dir)
	began := now()
	r, err := start(ctx, name, bin, dir, n)
	if r != nil && r.cmd != nil {
		defer r.stop()
	}
	if err != nil {
		return "", nil, err
	}
	first, err := r.starts(n)
	if err != nil {
		return "", nil, err
	}
	var last int64
	for _, s := range first {
		last = max(last, s[1]-began)
	}
	time.Sleep(2 * time.Second) // what a start costs is over, and no peer counts it as too short
	own := r.own()
	cpu, switches := peer.CPU(own), peer.Switches(own)
	time.Sleep(idle)
	cpu, switches = peer.CPU(own)-cpu, peer.Switches(own)-switches
	memory := peer.PSS(own)
	var delays report.Sample
	for i := range min(n, 10) {
		at := now()
		if err := syscall.Kill(int(first[i][0]), syscall.SIGKILL); err != nil {
			return "", nil, err
		}
		all, err := r.starts(n + i + 1)
		if err != nil {
			return "", nil, err
		}
		delays = append(delays, float64(all[n+i][1]-at)/1e6)
	}
	return fmt.Sprintf("| %s | %d | %.0f ms | %.1f MiB | %.2f %% | %.1f | %.1f ms | %.1f ms |\n", name, n, float64(last)/1e6, float64(memory)/1024,
		100*cpu.Seconds()/idle.Seconds(), float64(switches)/idle.Seconds(), delays.Quantile(0.5), delays.Quantile(0.99)), delays, nil
}

// starts waits until n processes have started, and returns pid and time of each.
func (r *running) starts(n int) ([][2]int64, error) {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		data, _ := os.ReadFile(filepath.Join(r.dir, "starts"))
		var out [][2]int64
		for line := range strings.Lines(string(data)) {
			pid, at, _ := strings.Cut(strings.TrimSpace(line), " ")
			p, _ := strconv.ParseInt(pid, 10, 64)
			t, _ := strconv.ParseInt(at, 10, 64)
			out = append(out, [2]int64{p, t})
		}
		if len(out) >= n {
			return out, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%d of %d processes had started after 30s", len(out), n)
		}
	}
}

func now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}
