//go:build linux

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// plan is one benchmark: what is asked, how long, how often.
type plan struct {
	rounds      int
	seconds     time.Duration
	connections int
	size        int
	log         bool
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var p plan
	fs := flag.NewFlagSet("bench", flag.ExitOnError)
	fs.IntVar(&p.rounds, "rounds", 5, "how often each server is measured; they take turns")
	fs.DurationVar(&p.seconds, "seconds", 4*time.Second, "how long a measurement takes")
	fs.IntVar(&p.connections, "connections", 64, "keep-alive connections")
	fs.IntVar(&p.size, "size", 1024, "the file's size in bytes")
	quick := fs.Bool("quick", false, "one short round, to see that it runs")
	fs.BoolVar(&p.log, "log", true, "access logs on, for all of them")
	_ = fs.Parse(args)
	if *quick {
		p.rounds, p.seconds = 1, time.Second
	}

	dir, err := os.MkdirTemp("", "ammarctl-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	site := filepath.Join(dir, "site")
	if err := writeSite(site, p.size); err != nil {
		return err
	}
	servers, err := startAll(ctx, dir, site, p.log)
	defer stopAll(servers)
	if err != nil {
		return err
	}
	figures := make([][]figure, len(servers))
	for round := range p.rounds {
		for i, s := range servers {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, p.rounds, s.name)
			f, err := measure(ctx, s, p)
			if err != nil {
				return fmt.Errorf("cannot measure %s: %w", s.name, err)
			}
			figures[i] = append(figures[i], f)
		}
	}
	return report(out, p, servers, figures)
}

// writeSite makes the folder that all of them serve.
func writeSite(dir string, size int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	body := make([]byte, size)
	for i := range body {
		body[i] = byte('a' + i%26)
	}
	return os.WriteFile(filepath.Join(dir, "file.txt"), body, 0o644)
}
