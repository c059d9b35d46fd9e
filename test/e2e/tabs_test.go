package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// In a strict terminal: every tab, the palette, merged and filtered logs, the
// file that is saved, and the clipboard.
func TestTheTabsAndTheLogInAStrictTerminal(t *testing.T) {
	toml, p := three(t)
	r := newRig(t, toml)
	r.write("work/hello.txt", "hello\n")
	r.must(0, "up", "-d")
	eventuallyAllReady(t, r)
	s := r.dashboard(120, 40)
	s.waitFor("files", "following")
	get(t, fmt.Sprintf("http://127.0.0.1:%d/hello.txt", p[0]))
	get(t, fmt.Sprintf("http://127.0.0.1:%d/none.txt", p[0]))
	s.waitFor("/hello.txt", "/none.txt")

	s.keys("2")
	s.waitFor("requests/s", "busy workers", "memory")
	s.keys("3")
	s.waitFor("connections", "127.0.0.1 ", "/none.txt", "ago")
	s.keys("4") // the camera's picture, in half blocks
	s.until("a picture", func(now string) bool { return strings.Contains(now, "640×") && strings.Count(now, "▀") > 20 })
	s.keys("5")
	s.waitFor("command", "arguments", "log files")
	s.keys("1")

	s.keys("l")
	s.waitFor("3 logs merged", "camera")
	s.keys("l")
	s.waitGone("3 logs merged")
	s.keys("&")
	s.line("hello")
	s.until("only what passes", func(now string) bool {
		return strings.Contains(now, "/hello.txt") && !strings.Contains(now, "/none.txt")
	})
	s.keys("W")
	s.waitFor("save as: ammarctl-files-")
	s.keys("Enter")
	s.waitFor("saved 1 line to")
	saved, err := filepath.Glob(filepath.Join(r.dir, "work", "ammarctl-files-*.log"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("saved %v (%v)", saved, err)
	}
	if text, _ := os.ReadFile(saved[0]); !strings.Contains(string(text), "GET /hello.txt") ||
		strings.Count(string(text), "\n") != 1 {
		t.Errorf("saved %q", text)
	}
	s.tmux("set", "-s", "set-clipboard", "on")
	s.keys("y")
	s.waitFor("copied 1 line")
	eventually(t, 5*time.Second, "the clipboard has the line", func() (bool, string) {
		out, _ := s.cmd("show-buffer").CombinedOutput()
		return strings.Contains(string(out), "GET /hello.txt"), string(out)
	})
	s.escape()
	s.waitFor("/none.txt")
	s.keys(":")
	s.text("least")
	s.escape()
	s.keys(":")
	s.line("next theme")
	s.waitFor("theme: contrast")
	s.keys("q")
	s.until("the shell is back", func(string) bool { return !s.alternate() })
}

// The configuration is edited in the person's editor, and applied after a look
// at what changes.
func TestTheConfigurationIsEditedInTheDashboard(t *testing.T) {
	toml, p := three(t)
	r := newRig(t, toml)
	editor := r.write("editor", fmt.Sprintf("#!/bin/sh\nsed -i 's/root = \".\"/root = \"..\"/; s/port = %d/port = "+
		"%d\\nworkers = 7/' \"$1\"\n", p[2], p[2]))
	if err := os.Chmod(editor, 0o755); err != nil {
		t.Fatal(err)
	}
	r.env = append(r.env, "EDITOR="+editor, "VISUAL=")
	r.must(0, "up", "-d")
	eventuallyAllReady(t, r)
	before := r.ps()
	s := r.dashboard(120, 40)
	s.waitFor("files", "ready")
	s.keys("e")
	s.waitFor("Apply these changes?", "workers", "7")
	if got := r.ps()["status"].PID; got != before["status"].PID {
		t.Error("it was applied before the answer")
	}
	s.keys("y")
	s.waitFor("applied: 2 services changed")
	eventually(t, 30*time.Second, "the status service has 7 workers", func() (bool, string) {
		got := r.ps()["status"]
		return got.State == api.Ready && got.Pool != nil && got.Pool.Size == 7, fmt.Sprintf("%+v", got.Pool)
	})
	if was, is := before["camera"].PID, r.ps()["camera"].PID; was != is {
		t.Errorf("the camera was touched: pid %d became %d", was, is)
	}
	left, _ := filepath.Glob(filepath.Join(r.dir, "work", ".edit-*"))
	if len(left) > 0 {
		t.Errorf("drafts are left: %v", left)
	}
	s.keys("q")
	s.until("the shell is back", func(string) bool { return !s.alternate() })
}

// --plain prints lines, for pipes and for screen readers.
func TestPlainPrintsLinesAndNothingElse(t *testing.T) {
	toml, _ := three(t)
	r := newRig(t, toml)
	r.must(0, "up", "-d")
	eventuallyAllReady(t, r)
	out := filepath.Join(r.dir, "plain.txt")
	f, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	cmd := r.command(t.Context(), "--plain")
	cmd.Stdout = f
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := func() string { text, _ := os.ReadFile(out); return string(text) }
	eventually(t, 30*time.Second, "it says what runs", func() (bool, string) {
		return strings.Contains(read(), "files ready, pid"), read()
	})
	r.must(0, "stop", "camera")
	eventually(t, 30*time.Second, "it says what happens", func() (bool, string) {
		return strings.Contains(read(), "camera stopped"), read()
	})
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	for _, r := range read() {
		if r < ' ' && r != '\n' || r == 0x7f {
			t.Errorf("%q is in it", r)
		}
	}
}
