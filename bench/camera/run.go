//go:build linux && amd64

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ammarctl/ammarctl/bench/report"
	"github.com/ammarctl/ammarctl/test/fakecam"
)

// plan is one benchmark: how long, how often, with how many.
type plan struct {
	rounds           int
	seconds, slow    time.Duration
	viewers, pollers []int
}

func run(ctx context.Context, args []string, out io.Writer) error {
	p := plan{slow: 5 * time.Second, viewers: []int{1, 4, 16, 64}, pollers: []int{1, 16, 64}}
	fs := flag.NewFlagSet("bench/camera", flag.ExitOnError)
	fs.IntVar(&p.rounds, "rounds", 2, "how often each server is measured; they take turns")
	fs.DurationVar(&p.seconds, "seconds", 2*time.Second, "how long a measurement takes")
	asJSON := fs.Bool("json", false, "print JSON, and write no document")
	quick := fs.Bool("quick", false, "one short round with few clients, to see that it runs; writes no document")
	binary := fs.String("binary", "", "the camera service, instead of one that is built")
	_ = fs.Parse(args)
	if *quick {
		p = plan{rounds: 1, seconds: 500 * time.Millisecond, slow: time.Second, viewers: []int{1, 4}, pollers: []int{1, 16}}
	}
	if p.rounds < 1 || p.seconds < 100*time.Millisecond {
		return fmt.Errorf("expected at least one round of at least 100ms, got %d of %s", p.rounds, p.seconds)
	}
	if _, err := exec.LookPath("ustreamer"); err != nil {
		return fmt.Errorf("apt-get install ustreamer: %w", err)
	}
	if *binary == "" {
		dir, err := os.MkdirTemp("", "ammarctl-bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		*binary = filepath.Join(dir, "ammar-camera")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", *binary,
			"./cmd/ammar-camera")
		if said, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot build the camera service: %w\n%s", err, said)
		}
	}
	all, err := sources()
	if err != nil {
		return err
	}
	var results []*result
	for _, s := range all {
		r, err := measureAll(ctx, s, contenders(*binary), p)
		if *quick && errors.Is(err, fakecam.ErrRefused) {
			_, err = fmt.Fprintln(out, "not measured:", err)
			return err
		}
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	if *asJSON {
		return json.NewEncoder(out).Encode(results)
	}
	text := heading(ctx, p, args)
	charts := map[string]report.Chart{}
	for _, r := range results {
		text += r.markdown()
		name, chart := r.chart()
		charts[name] = chart
	}
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	if *quick {
		return nil
	}
	for _, r := range results {
		name, chart := r.chart()
		text += "\n![" + chart.Title + "](pictures/" + name + ")\n"
	}
	return report.Save(".", "camera", text, charts)
}

// measureAll lets the servers take turns on one source, each with a fresh start.
func measureAll(ctx context.Context, s source, servers []contender, p plan) (*result, error) {
	r := &result{Source: s.name, fourcc: s.fourcc, Figures: map[string]map[string]report.Sample{}}
	for round := range p.rounds {
		for _, k := range servers {
			fmt.Fprintf(os.Stderr, "round %d of %d, %s: %s\n", round+1, p.rounds, s.name, k.name)
			v, err := start(ctx, k, s)
			if err != nil {
				return nil, err
			}
			f, err := measure(ctx, v, p)
			v.stop()
			if err != nil {
				return nil, err
			}
			r.add(k.name, f)
		}
	}
	return r, nil
}
