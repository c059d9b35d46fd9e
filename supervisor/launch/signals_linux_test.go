package launch

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nohup, and a supervisor without a terminal, ignore SIGHUP.
func TestAProgramDoesNotInheritIgnoredSignals(t *testing.T) {
	signals := []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1}
	for _, s := range signals {
		signal.Ignore(s)
		defer signal.Reset(s)
	}
	dir := t.TempDir()
	script := writeScript(t, dir, "#!/bin/sh\ngrep SigIgn: /proc/$$/status\n")
	if got := stage(t, dir, "/usr/bin:/bin", script); !strings.HasSuffix(got, "\t0000000000000000") {
		t.Errorf("a program starts with %q", got)
	}
}

func writeScript(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "script")
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
