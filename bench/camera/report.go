//go:build linux && amd64

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/bench/report"
)

// result is everything on one source: by server and by what was measured, a
// value each round.
type result struct {
	Source  string                              `json:"source"`
	Figures map[string]map[string]report.Sample `json:"figures"`
	fourcc  string
}

func (r *result) add(server string, f figures) {
	if r.Figures[server] == nil {
		r.Figures[server] = map[string]report.Sample{}
	}
	for name, value := range f {
		r.Figures[server][name] = append(r.Figures[server][name], value)
	}
}

// rows are what is measured, in the order of the table, with their units.
func rows() [][2]string {
	rows := [][2]string{{"latency p50", "ms"}, {"latency p95", "ms"}, {"latency p99", "ms"}}
	for _, n := range []int{4, 16, 64} {
		rows = append(rows, [2]string{fmt.Sprintf("latency p99, %d viewers", n), "ms"})
	}
	for _, n := range []int{1, 4, 16, 64} {
		rows = append(rows, [2]string{fmt.Sprintf("CPU per picture, %d viewers", n), "µs"})
	}
	for _, n := range []int{1, 16, 64} {
		rows = append(rows, [2]string{fmt.Sprintf("snapshot p50, %d pollers", n), "ms"},
			[2]string{fmt.Sprintf("snapshot p95, %d pollers", n), "ms"})
	}
	return append(rows, [2]string{"snapshots captured before they were asked for", "%"},
		[2]string{"age of a picture at 1 MB/s", "ms"},
		[2]string{"memory with 1 viewer", "MiB"}, [2]string{"memory after all that", "MiB"}, [2]string{"threads", ""})
}

func (r *result) markdown() string {
	names := contenders("")
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n|", r.Source)
	for _, k := range names {
		fmt.Fprintf(&b, " | %s", k.name)
	}
	for _, k := range names[1:] {
		fmt.Fprintf(&b, " | ours ÷ %s", k.name)
	}
	b.WriteString(" |\n|---" + strings.Repeat("|---", 2*len(names)-1) + "|\n")
	ours := r.Figures[names[0].name]
	for _, row := range rows() {
		if len(ours[row[0]]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s", row[0])
		for _, k := range names {
			fmt.Fprintf(&b, " | %.*f %s", digits(r.Figures[k.name][row[0]].Median()), r.Figures[k.name][row[0]].Median(), row[1])
		}
		for _, k := range names[1:] {
			ratio := "–"
			if s := ours[row[0]].Ratios(r.Figures[k.name][row[0]]); len(s) > 0 {
				ratio = s.Spread()
			}
			fmt.Fprintf(&b, " | %s", ratio)
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// digits after the point, so that small figures tell something.
func digits(value float64) int {
	switch {
	case value < 10:
		return 2
	case value < 100:
		return 1
	}
	return 0
}

// chart shows the ratios to ustreamer at its best; left of 1 ours is better.
func (r *result) chart() (file string, c report.Chart) {
	best := contenders("")[1].name
	c = report.Chart{Title: "ammarctl ÷ " + best + ", " + r.Source, Mark: 1}
	for _, row := range rows() {
		ratio := r.Figures["ours"][row[0]].Ratios(r.Figures[best][row[0]])
		// ustreamer's snapshots are older ones: they do not compare.
		if len(ratio) > 0 && !strings.HasPrefix(row[0], "snapshots") && !strings.HasPrefix(row[0], "snapshot p50") {
			c.Bars = append(c.Bars, report.Bar{Label: row[0], Value: ratio.Median()})
		}
	}
	return "bench-camera-" + strings.ToLower(r.fourcc) + ".svg", c
}

// heading says what was run, where and when.
func heading(ctx context.Context, p plan, args []string) string {
	command := "make bench-camera"
	if len(args) > 0 {
		command += " ARGS='" + strings.Join(args, " ") + "'"
	}
	processor := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := regexp.MustCompile(`(?m)^model name\s*: (.*)$`).FindSubmatch(info); m != nil {
			processor = string(m[1])
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	version, _ := exec.CommandContext(ctx, "ustreamer", "--version").Output()
	return fmt.Sprintf(`## The camera beside ustreamer

Written by `+"`%s`"+` on %s: %s, %d processors, Linux %s, %s, ustreamer %s. The camera is %dx%d at %d pictures a second, answered by the benchmark's own process, so that the same pictures come to each at native speed and the moment of each is known; its cost is the same for all and not counted. Rounds, in which the servers take turns with a fresh start: %d; a measurement takes %s. Ratios are medians of the rounds' ratios, with the least and the greatest; below 1 ours is better.

Latency is from the driver's buffer to the last byte at the client. ustreamer at its best has one worker, as many buffers as ours and no delay of small packets; as it comes, only device, size, rate and format are named. A snapshot of ours is always captured after it was asked for; ustreamer's may be the one before, which costs no wait. Memory is PSS, the program's own pages included.
`, command, time.Now().UTC().Format(time.DateOnly), processor, runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(),
		strings.TrimSpace(string(version)), width, height, fps, p.rounds, p.seconds)
}
