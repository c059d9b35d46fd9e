//go:build linux

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/bench/peer"
	"github.com/ammarctl/ammarctl/bench/report"
)

// plan is one benchmark: its cases, how long, how often.
type plan struct {
	rounds   int
	seconds  time.Duration
	idle     int // connections
	requests int // to a fresh server
	cases    []kase
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var p plan
	fs := flag.NewFlagSet("bench/server", flag.ExitOnError)
	fs.IntVar(&p.rounds, "rounds", 5, "how often each server is measured; they take turns")
	fs.DurationVar(&p.seconds, "seconds", 4*time.Second, "how long a measurement takes, in whole seconds")
	only := fs.String("only", "", "measure only the cases whose name matches this `regular expression`")
	asJSON := fs.Bool("json", false, "print JSON, and write no document")
	quick := fs.Bool("quick", false, "one short round with access logs on, to see that it runs; writes no document")
	_ = fs.Parse(args)
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	logs := []bool{true, false}
	p.idle, p.requests = 10000, 100000
	if *quick {
		p.rounds, p.seconds, p.idle, p.requests, logs = 1, time.Second, 300, 1000, logs[:1]
	}
	if p.rounds < 1 || p.seconds < time.Second {
		return fmt.Errorf("expected at least one round of at least 1s, got %d of %s", p.rounds, p.seconds)
	}
	for _, k := range cases() {
		if pattern.MatchString(k.name) {
			p.cases = append(p.cases, k)
		}
	}
	if len(p.cases) == 0 {
		return fmt.Errorf("-only %s matches no case", *only)
	}
	// Children would otherwise be given the limit from before Go raised it.
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		files.Cur = files.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files)
		p.idle = int(min(uint64(p.idle), files.Max/2))
	}
	var results []*result
	charts := map[string]report.Chart{}
	text := heading(ctx, p, args)
	for _, log := range logs {
		r, err := measureAll(ctx, p, log)
		if err != nil {
			return err
		}
		results = append(results, r)
		text += r.markdown(p.cases)
		maps.Copy(charts, r.charts(p.cases))
	}
	if *asJSON {
		return json.NewEncoder(out).Encode(results)
	}
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	for _, r := range results {
		if len(r.Failed) > 0 && *quick {
			return fmt.Errorf("%d measurements failed, see above", len(r.Failed))
		}
	}
	if *quick || *only != "" {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(charts)) {
		text += "\n![" + charts[name].Title + "](pictures/" + name + ")\n"
	}
	return report.Save(".", "server", text, charts)
}

// measureAll starts every server, lets them take turns, and stops them.
func measureAll(ctx context.Context, p plan, log bool) (*result, error) {
	dir, err := os.MkdirTemp("", "ammarctl-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	site := filepath.Join(dir, "site")
	if err := writeSite(site); err != nil {
		return nil, err
	}
	servers, err := startAll(ctx, dir, site, log)
	defer func() { stopAll(servers) }()
	if err != nil {
		return nil, err
	}
	r := &result{Log: log, Figures: map[string]map[string]*figures{}, Memory: map[string]int{}, After: map[string]int{},
		Failed: map[string]string{}, Idle: map[string]float64{}, Count: p.idle}
	for round := range p.rounds {
		for _, k := range p.cases {
			if r.Figures[k.name] == nil {
				r.Figures[k.name] = map[string]*figures{}
			}
			for _, s := range servers {
				fmt.Fprintf(os.Stderr, "round %d of %d, logs %s: %s, %s\n", round+1, p.rounds, onOff(log), k.name, s.name)
				if r.Figures[k.name][s.name] == nil {
					r.Figures[k.name][s.name] = new(figures)
				}
				if err := r.Figures[k.name][s.name].measure(ctx, s, k, p.seconds, dir); err != nil {
					if ctx.Err() != nil {
						return nil, ctx.Err()
					}
					r.Failed[k.name+", "+s.name] = err.Error()
				}
			}
		}
	}
	for _, s := range servers {
		r.Memory[s.name] = peer.PSS(s.pids(kase{}))
	}
	// Data that a server keeps from one load would hide the needs of the next.
	stopAll(servers)
	if servers, err = startAll(ctx, dir, site, log); err != nil {
		return nil, err
	}
	r.Requests = p.requests
	for _, s := range servers {
		if err := requests(s, kase{path: "/1k.txt"}, p.requests); err != nil {
			return nil, fmt.Errorf("%d requests to %s: %w", p.requests, s.name, err)
		}
		r.After[s.name] = peer.PSS(s.pids(kase{path: "/1k.txt"}))
	}
	stopAll(servers)
	if servers, err = startAll(ctx, dir, site, log); err != nil {
		return nil, err
	}
	return r, measureIdle(r, servers, p.idle)
}

func measureIdle(r *result, servers []*server, n int) error {
	fast, full := kase{path: "/1k.txt"}, kase{path: "/post", own: true}
	for _, c := range []struct {
		name string
		s    *server
		k    kase
	}{{"ammarctl, fast lane", servers[0], fast}, {"ammarctl, net/http", servers[0], full}, {"nginx", servers[1], fast}} {
		kib, err := idle(c.s, c.k, n)
		if err != nil {
			return fmt.Errorf("idle connections of %s: %w", c.name, err)
		}
		r.Idle[c.name] = kib
	}
	return nil
}

// writeSite makes the folder that all of them serve.
func writeSite(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	for name, size := range map[string]int{"1k.txt": 1 << 10, "10k.txt": 10 << 10, "100k.txt": 100 << 10,
		"100m.bin": 100 << 20, "page": 32, "post": 0} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("a", size)), 0o644); err != nil {
			return err
		}
	}
	return nil
}
