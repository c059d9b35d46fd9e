//go:build linux

// Command any runs programs that know nothing of ammarctl, as they are
// installed, under ammarctl and under supervisors that hold no port for them.
// It kills and restarts each one while clients ask, and prints what the
// clients saw.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/bench/report"
)

// plan is how much to measure.
type plan struct {
	bin             string // the built ammarctl
	kills, restarts int    // of a program under ammarctl
	peers           int    // kills and restarts under the others; 0: the others do not run
	kept            bool   // restarts under clients that keep their connection, too
	programs        []string
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
	quick := flag.Bool("quick", false, "few programs and few kills, to see that it runs; writes no document")
	only := flag.String("only", "", "the programs to run, separated by commas; writes no document")
	kills := flag.Int("kills", 20, "how often ammarctl's program is killed")
	restarts := flag.Int("restarts", 10, "how often ammarctl's program is restarted")
	peers := flag.Int("peers", 5, "how often the others' program is killed and restarted")
	kept := flag.Bool("kept", true, "restart under clients that keep their connection, too")
	ours := flag.Bool("ours", false, "ammarctl alone; writes no document")
	binary := flag.String("ammarctl", "", "this `file` instead of one that is built now; writes no document")
	flag.Parse()
	p := plan{kills: *kills, restarts: *restarts, peers: *peers, kept: *kept}
	if *quick {
		p = plan{kills: 2, restarts: 2, peers: 1, kept: true, programs: []string{"python3 -m http.server", "busybox httpd"}}
	}
	if *only != "" {
		p.programs = strings.Split(*only, ",")
	}
	if *ours {
		p.peers = 0
	}
	dir, err := os.MkdirTemp("", "ammarctl-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if p.bin = *binary; p.bin == "" {
		p.bin = filepath.Join(dir, "ammarctl")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", p.bin, "./cmd/ammarctl")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot build ammarctl (run this from the project's folder): %w: %s", err, out)
		}
	}
	text, err := compare(ctx, p)
	fmt.Print(text)
	if err != nil || *quick || *only != "" || *ours || *binary != "" {
		return err
	}
	return report.Save(".", "any", text, nil)
}

// compare runs every program that is installed under every supervisor.
func compare(ctx context.Context, p plan) (string, error) {
	var text, failures strings.Builder
	fmt.Fprintf(&text, introduction, time.Now().UTC().Format(time.DateOnly), p.kills, p.peers, p.restarts, p.peers, askers)
	for _, prog := range programs() {
		if len(p.programs) > 0 && !slices.Contains(p.programs, prog.name) {
			continue
		}
		if missing := prog.missing(); missing != "" {
			fmt.Fprintf(&text, "| %s | not measured: %s is not installed | | | | |\n", prog.name, missing)
			continue
		}
		for _, s := range supervisors() {
			kills, restarts := p.kills, p.restarts
			if s != ammarctl {
				kills, restarts = p.peers, p.peers
			}
			if kills == 0 {
				continue
			}
			began := time.Now()
			row, err := measure(ctx, p, s, prog, kills, restarts)
			fmt.Fprintf(os.Stderr, "%s, %s: %.0f s\n", prog.name, s, time.Since(began).Seconds())
			if ctx.Err() != nil {
				return text.String(), ctx.Err()
			}
			if err != nil {
				if s == ammarctl {
					fmt.Fprintf(&failures, "%s: %v\n", prog.name, err)
				}
				row = fmt.Sprintf("not measured: %s | | |", firstLine(err))
			}
			fmt.Fprintf(&text, "| %s | %s | %s |\n", prog.name, s, row)
		}
	}
	if failures.Len() > 0 {
		return text.String(), errors.New(failures.String())
	}
	return text.String(), nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.ReplaceAll(line, "|", "/")
}

const introduction = "## Programs that know nothing of it\n\n" +
	"`make bench-any`, %s. Debian's packages, unmodified, each with the configuration that its manual shows. " +
	"Crash: kill -9 of the process that the supervisor started, %d times under ammarctl and %d times under the " +
	"others, while four clients connect every few milliseconds. Refused counts connections. Longest wait is the " +
	"longest time without an answer. Restart: the supervisor's own command, %d and %d times, under %d clients " +
	"that ask as fast as they are answered, each request on a connection of its own. Lost counts requests that " +
	"got no whole answer. Kept: the same under clients that keep their connection and pause for up to three " +
	"seconds. `systemd-style` starts the program again after 100 ms (RestartSec) and restarts it by SIGTERM; it " +
	"is a loop of this benchmark, since not every machine runs systemd.\n\n" +
	"| program | supervisor | crash: refused | longest wait | restart: lost | kept: lost |\n" +
	"|---|---|---:|---:|---:|---:|\n"
