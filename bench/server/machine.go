//go:build linux

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
)

// heading says what was run, where and when.
func heading(ctx context.Context, p plan, args []string) string {
	command := strings.TrimSpace("make bench-server ARGS='" + strings.Join(args, " ") + "'")
	if len(args) == 0 {
		command = "make bench-server"
	}
	cpu := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := regexp.MustCompile(`(?m)^model name\s*: (.*)$`).FindSubmatch(info); m != nil {
			cpu = string(m[1])
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	text := fmt.Sprintf("## Beside nginx and lighttpd\n\nWritten by `%s` on %s: %s, %d processors, Linux %s, %s, "+
		"%s, %s. The servers on one core with one worker each, the load from another core; %d rounds of %s, in which "+
		"the servers take turns. Ratios are medians of the rounds' ratios, with the least and the greatest.\n",
		command, time.Now().UTC().Format(time.DateOnly), cpu, runtime.NumCPU(), strings.TrimSpace(string(kernel)),
		runtime.Version(),
		version(ctx, "/usr/sbin/nginx", "-v"), version(ctx, "/usr/sbin/lighttpd", "-v"), p.rounds, p.seconds)
	for _, k := range p.cases {
		if k.note != "" {
			text += "\n" + k.note + "\n"
		}
	}
	return text
}

func version(ctx context.Context, argv ...string) string {
	out, _ := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	return string(regexp.MustCompile(`\w+/[0-9.]+`).Find(out))
}
