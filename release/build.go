package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// goBuild builds a command of this module for a target. Nothing of the folder
// or the machine it is built in, and no time, gets into the file.
func goBuild(ctx context.Context, t target, tags, pkg, out string) error {
	ldflags := "-s -w -buildid="
	cgo := "0"
	if t.cc != "" {
		// Static with a C library too: names of hosts and users are left to Go.
		cgo = "1"
		tags = join(tags, "netgo,osusergo")
		ldflags += " -linkmode=external -extldflags '-static -Wl,--build-id=none'"
	}
	args := []string{"build", "-trimpath", "-buildvcs=true", "-ldflags", ldflags, "-o", out}
	if tags != "" {
		args = append(args, "-tags", tags)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo, "GOOS="+t.os, "GOARCH="+t.arch, "CC="+t.cc, "GOFLAGS=",
		"CGO_CFLAGS=-O2", "CGO_LDFLAGS=")
	cmd.Env = append(cmd.Env, t.env...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cannot build %s for %s: %w", pkg, t.name, err)
	}
	return nil
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "," + b
}

// buildAll builds ammarctl for each target into dir.
func buildAll(ctx context.Context, chosen []target, dir string) error {
	for _, t := range chosen {
		out := filepath.Join(dir, t.file())
		if err := goBuild(ctx, t, "", "./cmd/ammarctl", out); err != nil {
			return err
		}
		info, err := os.Stat(out)
		if err != nil {
			return err
		}
		fmt.Printf("%-24s %5.1f MB\n", t.file(), float64(info.Size())/1e6)
	}
	return nil
}

// origin is which state of the project a binary was built from.
type origin struct {
	version string
	time    time.Time // of the commit
}

// originOf reads it from a binary; without version control it is unknown and
// the release could not be built again.
func originOf(path string) (origin, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return origin{}, fmt.Errorf("cannot read what %s was built from: %w", path, err)
	}
	o, commit := origin{version: info.Main.Version}, ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.time":
			o.time, err = time.Parse(time.RFC3339, s.Value)
		case "vcs.revision":
			commit = s.Value
		}
	}
	if !strings.HasPrefix(o.version, "v") && len(commit) >= 12 { // a clone without the history that Go asks for
		o.version = "v0.0.0-" + o.time.UTC().Format("20060102150405") + "-" + commit[:12]
	}
	if err != nil || o.time.IsZero() || o.version == "" {
		return origin{}, fmt.Errorf("%s does not say what it was built from: build in a clone of the repository, with "+
			"git installed", path)
	}
	return o, nil
}
