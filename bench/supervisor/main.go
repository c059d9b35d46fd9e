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
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/bench/report"
)

// plan is how much to measure.
type plan struct {
	bin    string // the folder of what was built
	counts []int
	idle   time.Duration
	kills  int
	lines  int // of the flood
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	quick := flag.Bool("quick", false, "few services and a short time, to see that it runs; writes no document")
	flag.Parse()
	p := plan{counts: []int{0, 10, 200}, idle: 5 * time.Second, kills: 10, lines: 2_000_000}
	if *quick {
		p = plan{counts: []int{5}, idle: time.Second, kills: 3, lines: 100_000}
	}
	bin, err := os.MkdirTemp("", "ammarctl-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	p.bin = bin
	for name, pkg := range map[string]string{"ammarctl": "./cmd/ammarctl", leaf: "./bench/supervisor/child"} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(bin, name), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot build %s (run this from the project's folder): %w: %s", pkg, err, out)
		}
	}
	text, charts, err := compare(ctx, p)
	fmt.Print(text)
	if err != nil || *quick {
		return err
	}
	return report.Save(".", "supervisor", text, charts)
}

// compare measures everybody who is installed.
func compare(ctx context.Context, p plan) (string, map[string]report.Chart, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "## Beside supervisor, runit and s6\n\n`make bench-supervisor`, %s. Every supervisor has "+
		"its default settings; they run one after the other on the same machine.\n",
		time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&text, "\nMemory is the PSS of the supervisor's own processes, loggers included; idle figures are "+
		"over %s. Started means that each service's first instruction has run.\n\n"+
		"| supervisor | services | all started | memory | idle CPU | switches/s |\n|---|---:|---:|---:|---:|---:|\n", p.idle)
	restarts := report.Chart{Title: "kill -9 of a service to its new process", Unit: "ms"}
	starts := report.Chart{Title: "200 services started", Unit: "ms"}
	var back, flood strings.Builder
	for _, s := range supervisors() {
		if _, err := exec.LookPath(s.program); err != nil {
			fmt.Fprintf(&text, "| %s | not installed | | | | |\n", s.name)
			continue
		}
		for _, n := range p.counts {
			if n == 0 && s.name == "ammarctl" {
				fmt.Fprintf(&text, "| %s | 0 | its configuration needs a service | | | |\n", s.name)
				continue
			}
			f, err := footprint(ctx, s.name, p, n)
			if err != nil {
				return text.String(), nil, fmt.Errorf("%s with %d services: %w", s.name, n, err)
			}
			fmt.Fprintf(&text, "| %s | %d | %s | %.1f MiB | %.2f %% | %.1f |\n", s.name, n, f.started, f.memory, f.cpu,
				f.switches)
			if n == 200 {
				starts.Bars = append(starts.Bars, report.Bar{Label: s.name, Value: float64(f.took.Microseconds()) / 1000})
			}
		}
		r, err := restart(ctx, s.name, p)
		if err != nil {
			return text.String(), nil, fmt.Errorf("%s, restarting: %w", s.name, err)
		}
		fmt.Fprintf(&back, "| %s | %.1f ms | %.1f ms | %.1f ms | %d of %d | %s |\n", s.name,
			r.first.Median(), r.first.Quantile(0.99), r.serving.Median(), r.refused, r.asked, s.delays)
		restarts.Bars = append(restarts.Bars, report.Bar{Label: s.name, Value: r.first.Median()})
		rate, err := logRate(ctx, s.name, p)
		if err != nil {
			return text.String(), nil, fmt.Errorf("%s, logging: %w", s.name, err)
		}
		fmt.Fprintf(&flood, "| %s | %.0f |\n", s.name, rate)
	}
	fmt.Fprintf(&text, "\nA service is killed with -9, %d times: the time to its new process's first instruction, "+
		"and to the next answer on its port; connections refused meanwhile, of a client that tries again every "+
		"millisecond.\n\n"+
		"| supervisor | first instruction p50 | p99 | next answer p50 | refused | its default delay "+
		"|\n|---|---:|---:|---:|---:|---|\n%s", p.kills, back.String())
	fmt.Fprintf(&text, "\nOne service writes %d lines of 100 bytes as fast as they are taken; they go to disk, "+
		"with rotation.\n\n| supervisor | lines/s |\n|---|---:|\n%s", p.lines, flood.String())
	charts := map[string]report.Chart{"bench-supervisor-restart.svg": restarts, "bench-supervisor-start.svg": starts}
	fmt.Fprintf(&text, "\n![%s](pictures/bench-supervisor-restart.svg)\n\n![%s](pictures/bench-supervisor-start.svg)\n",
		restarts.Title, starts.Title)
	return text.String(), charts, nil
}
