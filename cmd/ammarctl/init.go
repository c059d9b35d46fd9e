package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/safetext"
)

func initCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented configuration, ./" + configs.FileName + " by default",
		Long: `init writes a configuration with every key in it, explained, those with a default
commented out. It asks nothing: it takes ports that are free, ~/Public where there
is one, and notes the cameras that it finds. It overwrites nothing.`,
		Example:           "ammarctl init && ammarctl up -d\nammarctl init robot.toml",
		Args:              atMostOne,
		ValidArgsFunction: completeTOML,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := configs.FileName
			if len(args) > 0 {
				path = args[0]
			}
			found := detect(cmd.Context(), a)
			if err := writeNew(path, configs.Commented(found)); err != nil {
				return err
			}
			start := "ammarctl up -d"
			if path != configs.FileName {
				start += " -c " + path
			}
			fmt.Fprintf(a.out, "wrote %s; start it with: %s\n\n", path, start)
			printDetected(a, found)
			return nil
		},
	}
}

// writeNew writes a file that is not there yet.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("cannot write %s: it exists already; move it away or name another file", path)
	}
	if err != nil {
		return fmt.Errorf("cannot write the configuration: %w", err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot write the configuration: %w", err)
	}
	return nil
}

// detect looks for what a configuration needs to know of this machine.
func detect(ctx context.Context, a *app) configs.Found {
	f := configs.Found{Ports: map[string]int{}}
	if info, err := os.Stat(filepath.Join(a.getenv("HOME"), "Public")); err == nil && info.IsDir() {
		f.Root = "~/Public"
	}
	free := freePorts(ctx, &a.connections)
	for _, name := range configs.Builtin() {
		f.Ports[name] = free()
	}
	cameras, err := surveyCameras()
	if err != nil {
		return f // there is no camera to mention
	}
	for _, c := range cameras {
		text := strings.TrimSpace(c.Device + " " + c.Card)
		if c.Error != "" {
			text = c.Error
		} else if len(c.Formats) > 0 {
			text += ": " + strings.Join(c.Formats, "; ")
		}
		f.Cameras = append(f.Cameras, text)
	}
	return f
}

// freePorts yields free ports from 8080 on. A port of a service of this instance
// counts as free, because its service ends when the new configuration applies. 0 is
// none.
func freePorts(ctx context.Context, conns *connections) func() int {
	ours := map[string]bool{}
	if c, err := conns.client(); err == nil {
		running, err := c.Services(ctx)
		for _, s := range running {
			if _, port, split := net.SplitHostPort(s.Addr); split == nil && err == nil {
				ours[port] = true
			}
		}
	}
	next := 8080
	return func() int {
		for ; next < 8200; next++ {
			port := strconv.Itoa(next)
			ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
			if err == nil {
				_ = ln.Close()
			}
			if err == nil || ours[port] {
				next++
				return next - 1
			}
		}
		return 0
	}
}

// printDetected prints a line for each built-in service: what it serves, and where.
func printDetected(a *app, f configs.Found) {
	pictures := "a test pattern, until a camera is plugged in"
	if len(f.Cameras) > 0 {
		pictures = safetext.Escape(f.Cameras[0])
		if len(pictures) > 60 {
			pictures = shorten(pictures, 60, "…")
		}
	}
	for _, name := range configs.Builtin() {
		what := ""
		switch of := kind.Of(name); {
		case of.OwnsDevice:
			what = pictures + ", "
		case of.SharesFolder:
			what = cmp.Or(f.Root, "this folder") + ", "
		}
		fmt.Fprintf(a.out, "  %-6s  %son http://127.0.0.1:%d\n", name, what, f.Ports[name])
	}
}
