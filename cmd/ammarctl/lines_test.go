package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

func TestALogLineIsReadable(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(newLineHandler(&b, true)).With("service", "files")
	log.Warn("Service failed", "reason", "exit status 3; \x1b[2J", "n", 5)
	log.Info("Fine", "empty", "")
	log.Debug("not shown")
	want := []string{
		`^\d\d:\d\d:\d\d\.\d{3} \x1b\[33mWARN\x1b\[0m Service failed  service=files  reason="exit status 3; \\x1b\[2J"  n=5$`,
		`^\d\d:\d\d:\d\d\.\d{3} Fine  service=files  empty=""$`,
	}
	got := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines: %q", len(got), got)
	}
	for i, line := range got {
		if !regexp.MustCompile(want[i]).MatchString(line) {
			t.Errorf("got  %q\nwant %s", line, want[i])
		}
	}
}
