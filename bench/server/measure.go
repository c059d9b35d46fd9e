//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// figure is one measurement of one server.
type figure struct {
	perSecond float64
	cpu       time.Duration // of the server, per request
	p99       time.Duration
}

// measure loads s for the plan's time with wrk and reads off what it cost.
func measure(ctx context.Context, s *server, p plan) (figure, error) {
	before, err := cpuTime(s.cmd.Process.Pid)
	if err != nil {
		return figure{}, err
	}
	load := exec.CommandContext(ctx, "taskset", "-c", loadCPU, "wrk", "-t1", "--latency",
		"-c", strconv.Itoa(p.connections), "-d", strconv.Itoa(int(p.seconds.Seconds()))+"s", s.url)
	out, err := load.CombinedOutput()
	if err != nil {
		return figure{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	after, err := cpuTime(s.cmd.Process.Pid)
	if err != nil {
		return figure{}, err
	}
	requests, err := submatch(out, `(\d+) requests in`)
	if err != nil {
		return figure{}, err
	}
	rate, err := submatch(out, `Requests/sec:\s+([0-9.]+)`)
	if err != nil {
		return figure{}, err
	}
	if bytes.Contains(out, []byte("Non-2xx")) || bytes.Contains(out, []byte("Socket errors")) {
		return figure{}, fmt.Errorf("some requests failed: %s", out)
	}
	p99 := regexp.MustCompile(`(?m)^\s+99%\s+(\S+)$`).FindSubmatch(out)
	if p99 == nil {
		return figure{}, fmt.Errorf("wrk printed no p99: %s", out)
	}
	slowest, err := time.ParseDuration(string(p99[1]))
	if err != nil {
		return figure{}, fmt.Errorf("wrk printed an odd p99: %w", err)
	}
	return figure{
		perSecond: rate,
		cpu:       time.Duration(float64(after-before) / requests),
		p99:       slowest,
	}, nil
}

func submatch(text []byte, pattern string) (float64, error) {
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("wrk did not print what was expected (%s): %s", pattern, text)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// cpuTime is what the processes of a group have used so far, user and system,
// from proc(5). The unit is the clock tick, a hundredth of a second.
func cpuTime(group int) (time.Duration, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	var ticks int64
	found := false
	for _, e := range entries {
		data, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		_, rest, ok := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		if !ok || len(fields) < 13 || fields[2] != strconv.Itoa(group) {
			continue
		}
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		ticks += user + system
		found = true
	}
	if !found {
		return 0, fmt.Errorf("process group %d is gone", group)
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
