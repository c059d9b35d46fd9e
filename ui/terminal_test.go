//go:build unix

package ui

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// window is a terminal with the dashboard in it.
type window struct {
	t    *testing.T
	file *os.File // the terminal's own side
	tty  *os.File // the program's, which is kept open after it
	cmd  *exec.Cmd

	mu   sync.Mutex
	seen bytes.Buffer
	done chan struct{}
}

func openWindow(t *testing.T, env ...string) *window {
	t.Helper()
	f, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	return startIn(t, f, tty, env...)
}

// startIn starts the dashboard in a terminal that is open.
func startIn(t *testing.T, f, tty *os.File, env ...string) *window {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), "DASHBOARD=1", "TERM=xterm-256color", "LC_ALL=C.UTF-8",
		"GORACE=atexit_sleep_ms=0"), env...)
	if err := pty.Setsize(f, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &window{t: t, file: f, tty: tty, cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			w.mu.Lock()
			w.seen.Write(buf[:n])
			w.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); tty.Close(); f.Close(); <-w.done })
	return w
}

func (w *window) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen.String()
}

func (w *window) waitFor(text string) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(w.text(),
		text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("never wrote %q; all it wrote: %q", text, w.text())
		}
	}
}

// ended waits for the process and returns what it wrote.
func (w *window) ended(code int) string {
	w.t.Helper()
	w.exited(code)
	w.tty.Close() // what reads the other side comes to its end
	<-w.done
	return w.text()
}

// exited waits for the process; the terminal is still as it left it.
func (w *window) exited(code int) {
	w.t.Helper()
	timer := time.AfterFunc(30*time.Second, func() { _ = w.cmd.Process.Kill() })
	defer timer.Stop()
	_ = w.cmd.Wait()
	if got := w.cmd.ProcessState.ExitCode(); got != code {
		w.t.Errorf("exit code %d, want %d: %q", got, code, w.text())
	}
}

// restored fails unless the last word about each of the terminal's modes is
// the one that it began with.
func (w *window) restored(text string) {
	w.t.Helper()
	for _, mode := range []struct{ what, before, within string }{
		{"the normal screen", "\x1b[?1049l", "\x1b[?1049h"},
		{"the cursor", "\x1b[?25h", "\x1b[?25l"},
		{"the mouse", "\x1b[?1002l", "\x1b[?1002h"},
		{"pasting", "\x1b[?2004l", "\x1b[?2004h"},
		{"the report of focus", "\x1b[?1004l", "\x1b[?1004h"},
		{"the mouse's long form", "\x1b[?1006l", "\x1b[?1006h"},
		{"the window's title", "\x1b[23;2t", "\x1b]2;"},
	} {
		if last := strings.LastIndex(text, mode.before); last < 0 || last < strings.LastIndex(text, mode.within) {
			w.t.Errorf("%s is not restored: %q", mode.what, text[max(0, len(text)-600):])
		}
	}
}

func TestTheTerminalIsAsBeforeWhateverEndsTheDashboard(t *testing.T) {
	for name, end := range map[string]func(*window){
		"q":       func(w *window) { fmt.Fprint(w.file, "q") },
		"ctrl-c":  func(w *window) { fmt.Fprint(w.file, "\x03") },
		"SIGTERM": func(w *window) { _ = w.cmd.Process.Signal(syscall.SIGTERM) },
		"SIGINT":  func(w *window) { _ = w.cmd.Process.Signal(syscall.SIGINT) },
		"SIGHUP":  func(w *window) { _ = w.cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			w := openWindow(t)
			w.waitFor("line ") // by then the title is saved
			end(w)
			text := w.ended(0)
			w.restored(text)
		})
	}
}

// A panic anywhere leaves the terminal as it was, and is told.
func TestAPanicLeavesTheTerminalAsItWas(t *testing.T) {
	for where, key := range map[string]string{"in the engine": "S", "in a command": "r", "in Update": "y"} {
		t.Run(where, func(t *testing.T) {
			w := openWindow(t, "PANIC="+where)
			w.waitFor("line ")
			fmt.Fprint(w.file, key)
			text := w.ended(1)
			w.restored(text)
			if !strings.Contains(text, "panic on purpose") {
				t.Errorf("it is not told: %q", text[max(0, len(text)-600):])
			}
		})
	}
}

// Colours that somebody does not want, or cannot see, are not written.
func TestNoColoursWhereNoneAreWanted(t *testing.T) {
	colour := regexp.MustCompile(`\x1b\[[\d;]*\b(3[0-7]|9[0-7]|38;[25];[\d;]+|4[0-7])m`)
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		w := openWindow(t, env)
		w.waitFor("camera")
		fmt.Fprint(w.file, "q")
		if found := colour.FindString(w.ended(0)); found != "" {
			t.Errorf("%s: %q is written", env, found)
		}
	}
	w := openWindow(t)
	w.waitFor("camera")
	fmt.Fprint(w.file, "q")
	if !colour.MatchString(w.ended(0)) {
		t.Error("there are no colours where they are wanted")
	}
}

func TestResizingStormsBreakNothing(t *testing.T) {
	w := openWindow(t)
	w.waitFor("camera")
	for i := range 100 {
		size := &pty.Winsize{Rows: uint16(1 + i*7%60), Cols: uint16(1 + i*13%200)}
		if err := pty.Setsize(w.file, size); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	fmt.Fprint(w.file, "q")
	w.ended(0)
}

func TestWithoutATerminalThereIsAClearError(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "DASHBOARD=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "needs a terminal") {
		t.Errorf("%v: %s", err, out)
	}
}
