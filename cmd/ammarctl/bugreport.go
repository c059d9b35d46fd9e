package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/redact"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// reportLines is how many lines of each log a report has at most.
const reportLines = 500

// reportFile is one file of a report.
type reportFile struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
	What  string `json:"what"`

	text []byte
}

func bugreportCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bugreport [FILE]",
		Short: "Pack what a report of a fault needs into one file",
		Long: `bugreport packs versions, the platform, the configuration, the states of the services
with their last hour, and the last lines of their logs into a tar.gz for whoever is to
find a fault. Without an instance it has the versions and the platform only.

The configuration shows no values of variables, no users, no arguments of commands
(unless show_args = true), and no user, password or query of a URL. In the logs and
states the same parts of URLs are hidden, and values whose name speaks of a secret;
other things that a service writes about its users stay. Read it before you send it.`,
		Example: "ammarctl bugreport\nammarctl bugreport --json /tmp/report.tar.gz | jq -r '.files[].name'",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := fmt.Sprintf("ammarctl-report-%s.tar.gz", time.Now().Format("20060102-150405"))
			if len(args) == 1 {
				path = args[0]
			}
			files, err := collectReport(cmd.Context(), &a.connections)
			if err != nil {
				return err
			}
			if err := writeReport(path, files, time.Now()); err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(struct {
					Path  string       `json:"path"`
					Files []reportFile `json:"files"`
				}{path, files})
			}
			for _, f := range files {
				fmt.Fprintf(a.out, "%8d  %-24s %s\n", f.Bytes, f.Name, f.What)
			}
			fmt.Fprintf(a.out, "written to %s\nRead it before you send it: zcat %[1]s | less\n", path)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: the path, and the files with their sizes")
	return cmd
}

// collectReport gathers the files. If a file's content is not available, the file says
// why.
func collectReport(ctx context.Context, conns *connections) (files []reportFile, err error) {
	add := func(name, what string, v any, err error) {
		text, wrong := json.MarshalIndent(v, "", "  ")
		if err = errors.Join(err, wrong); err != nil {
			text = []byte("cannot tell: " + err.Error())
		}
		text = append([]byte(redact.Text(string(text))), '\n')
		files = append(files, reportFile{name, len(text), what, text})
	}
	add("version.json", "this program and this machine", platform(), nil)
	c, err := conns.client()
	if err != nil {
		return nil, err
	}
	snap, err := c.Snapshot(ctx)
	if errors.Is(err, client.ErrNoInstance) {
		add("instance.json", "no instance is running", map[string]string{"instance": "none is running"}, nil)
		return files, nil
	}
	add("instance.json", "the instance and the states of its services", snap, err)
	for _, s := range snap.Services {
		settings, err := c.Settings(ctx, s.Name)
		add(filepath.Join(s.Name, "config.json"), "its configuration in force, without secrets", settings, err)
		past, err := c.History(ctx, s.Name, "")
		add(filepath.Join(s.Name, "history.json"), "its last hour", past, err)
		text, err := lastLines(ctx, c, s.Name)
		if err != nil {
			text = append(text, ("cannot read further: " + err.Error() + "\n")...)
		}
		files = append(files, reportFile{filepath.Join(s.Name, "log.ndjson"), len(text), "its last lines", text})
	}
	return files, nil
}

func lastLines(ctx context.Context, c *client.Client, name string) ([]byte, error) {
	var b bytes.Buffer
	err := c.Logs(ctx, client.LogQuery{Names: []string{name}, N: reportLines}, func(l api.LogLine) error {
		l.Msg, l.Raw = redact.Text(l.Msg), redact.Text(l.Raw)
		for i, attr := range l.Attrs {
			// As it would be written: the name tells whether the value is secret.
			_, l.Attrs[i].Value, _ = strings.Cut(redact.Text(attr.Key+"="+attr.Value), "=")
		}
		return json.NewEncoder(&b).Encode(l)
	})
	return b.Bytes(), err
}

// platform is what a fault may depend on.
func platform() map[string]any {
	host := map[string]any{
		"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
		"processors": runtime.NumCPU(), "root": os.Geteuid() == 0, "time": time.Now(),
	}
	for name, path := range map[string]string{"kernel": "/proc/version", "system": "/etc/os-release",
		"limits": "/proc/self/limits", "memory": "/proc/meminfo"} {
		if text, err := os.ReadFile(path); err == nil {
			host[name] = strings.Split(strings.TrimSpace(string(text)), "\n")
		}
	}
	return host
}

// writeReport writes a file that only its user can read.
func writeReport(path string, files []reportFile, now time.Time) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(fmt.Errorf("cannot write the report: %w", err), os.Remove(path))
		}
	}()
	return pack(f, files, now)
}

func pack(w io.Writer, files []reportFile, now time.Time) error {
	zip := gzip.NewWriter(w)
	out := tar.NewWriter(zip)
	for _, f := range files {
		header := &tar.Header{Name: "ammarctl-report/" + filepath.ToSlash(f.Name), Mode: 0o600, Size: int64(len(f.text)),
			ModTime: now, Typeflag: tar.TypeReg}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := out.Write(f.text); err != nil {
			return err
		}
	}
	return errors.Join(out.Close(), zip.Close())
}
