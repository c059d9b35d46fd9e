package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// screen is the dashboard in a terminal of its own: a tmux server with one
// window, in which a shell started ammarctl.
type screen struct {
	t      *testing.T
	socket string
	env    []string
}

// dashboard opens a terminal of this size with a shell in it and types
// ammarctl.
func (r *rig) dashboard(width, height int) *screen {
	r.t.Helper()
	need(r.t, "tmux")
	s := &screen{t: r.t, socket: filepath.Join(r.dir, fmt.Sprintf("tmux%dx%d", width, height)), env: r.env}
	s.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		"-c", filepath.Join(r.dir, "work"), "env PS1='shell> ' LC_ALL=C.UTF-8 sh")
	r.t.Cleanup(func() { _ = s.cmd("kill-server").Run() })
	s.waitFor("shell>")
	s.line(built.Path("ammarctl"))
	return s
}

func (s *screen) cmd(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-S", s.socket}, args...)...)
	cmd.Env = append(s.env, "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	return cmd
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	out, err := s.cmd(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// keys presses keys by their tmux names, one after another.
func (s *screen) keys(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.tmux("send-keys", name)
	}
}

// escape presses Escape, and gives the dashboard time to tell it from the
// beginning of another key's sequence.
func (s *screen) escape() {
	s.t.Helper()
	s.keys("Escape")
	time.Sleep(100 * time.Millisecond)
}

// text types characters as they are.
func (s *screen) text(text string) {
	s.t.Helper()
	s.tmux("send-keys", "-l", text)
}

func (s *screen) line(text string) {
	s.t.Helper()
	s.text(text)
	s.keys("Enter")
}

// now is what the terminal shows.
func (s *screen) now() string {
	s.t.Helper()
	return s.tmux("capture-pane", "-p")
}

// waitFor polls until every one of these texts is on the screen.
func (s *screen) waitFor(texts ...string) string {
	s.t.Helper()
	return s.until(strings.Join(texts, ", "), func(now string) bool {
		for _, text := range texts {
			if !strings.Contains(now, text) {
				return false
			}
		}
		return true
	})
}

// waitGone polls until the text is on the screen no more.
func (s *screen) waitGone(text string) string {
	s.t.Helper()
	return s.until("no "+text, func(now string) bool { return !strings.Contains(now, text) })
}

func (s *screen) until(what string, holds func(string) bool) string {
	s.t.Helper()
	var now string
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if now = s.now(); holds(now) {
			return now
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the screen never showed: %s\n%s", what, now)
		}
	}
}

// row is the line of the screen that holds text.
func row(now, text string) string {
	for line := range strings.Lines(now) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// alternate tells whether the terminal shows its alternate screen.
func (s *screen) alternate() bool {
	s.t.Helper()
	return strings.TrimSpace(s.tmux("display", "-p", "#{alternate_on}")) == "1"
}
