package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// window is the dashboard of the real program in a terminal of its own, and
// every byte that it wrote there.
type window struct {
	t    *testing.T
	file *os.File
	cmd  *exec.Cmd

	mu     sync.Mutex
	seen   bytes.Buffer
	paused bool
	resume *sync.Cond
	done   chan struct{}
}

// window opens the dashboard at this size.
func (r *rig) window(width, height uint16, env ...string) *window {
	r.t.Helper()
	cmd := r.command(context.Background())
	cmd.Env = append(append(cmd.Env, "TERM=xterm-256color", "LC_ALL=C.UTF-8", "COLORTERM=", "NO_COLOR="), env...)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: height, Cols: width})
	if err != nil {
		r.t.Fatal(err)
	}
	w := &window{t: r.t, file: f, cmd: cmd, done: make(chan struct{})}
	w.resume = sync.NewCond(&w.mu)
	go w.read()
	r.t.Cleanup(func() {
		w.pause(false)
		_ = cmd.Process.Kill()
		f.Close()
		<-w.done
	})
	return w
}

// read takes what the program writes, unless the terminal is stopped.
func (w *window) read() {
	defer close(w.done)
	buf := make([]byte, 4096)
	for {
		w.mu.Lock()
		for w.paused {
			w.resume.Wait()
		}
		w.mu.Unlock()
		n, err := w.file.Read(buf)
		w.mu.Lock()
		w.seen.Write(buf[:n])
		w.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pause stops the terminal, as Ctrl-S does, or lets it go on.
func (w *window) pause(stop bool) {
	w.mu.Lock()
	w.paused = stop
	w.resume.Broadcast()
	w.mu.Unlock()
}

func (w *window) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen.String()
}

func (w *window) waitFor(text string) {
	w.t.Helper()
	eventually(w.t, 30*time.Second, "the terminal gets "+text, func() (bool, string) {
		seen := w.text()
		return strings.Contains(seen, text), fmt.Sprintf("%q", seen[max(0, len(seen)-2000):])
	})
}

func (w *window) press(keys string) {
	w.t.Helper()
	if _, err := w.file.WriteString(keys); err != nil {
		w.t.Fatal(err)
	}
}

// ended waits for the program's end and returns its exit code.
func (w *window) ended() int {
	w.t.Helper()
	timer := time.AfterFunc(30*time.Second, func() { _ = w.cmd.Process.Kill() })
	defer timer.Stop()
	_ = w.cmd.Wait()
	select { // until its last word is read
	case <-w.done:
	case <-time.After(30 * time.Second):
		w.t.Error("something still holds the terminal")
	}
	return w.cmd.ProcessState.ExitCode()
}

// modes are the modes of a terminal that a stream of bytes has left on.
func modes(stream string) map[string]bool {
	on := map[string]bool{}
	for _, m := range regexp.MustCompile(`\x1b\[\?([\d;]+)([hl])`).FindAllStringSubmatch(stream, -1) {
		for mode := range strings.SplitSeq(m[1], ";") {
			on[mode] = m[2] == "h"
		}
	}
	return on
}

// settings are those of the terminal's line discipline, as stty prints them.
func (w *window) settings() string {
	w.t.Helper()
	cmd := exec.Command("stty", "-g")
	cmd.Stdin = w.file
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	return string(out)
}

func TestTheTerminalIsExactlyAsBefore(t *testing.T) {
	need(t, "stty")
	toml, _ := three(t)
	r := newRig(t, toml)
	r.must(0, "up", "-d")
	eventuallyAllReady(t, r)
	for name, end := range map[string]func(*window){
		"q":       func(w *window) { w.press("qq") }, // the first one closes the help
		"ctrl-c":  func(w *window) { w.press("\x03") },
		"SIGINT":  func(w *window) { _ = w.cmd.Process.Signal(syscall.SIGINT) },
		"SIGTERM": func(w *window) { _ = w.cmd.Process.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(w *window) { _ = w.cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			r := *r
			r.t = t
			w := r.window(100, 30)
			before := w.settings()
			w.waitFor("camera")
			w.press("?") // also with a dialog open
			w.waitFor("Services")
			end(w)
			if code := w.ended(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			stream := w.text()
			on := modes(stream)
			for mode, what := range map[string]string{"1049": "the alternate screen", "1002": "the mouse",
				"1006": "the mouse's long form", "2004": "bracketed paste", "1004": "reports of focus",
				"2026": "synchronised output"} {
				if on[mode] {
					t.Errorf("%s is still on", what)
				}
			}
			if hidden, said := on["25"]; said && !hidden {
				t.Error("the cursor is still hidden")
			}
			if ups, downs := strings.Count(stream, "\x1b[>1u")+strings.Count(stream, "\x1b[=1;1u"),
				strings.Count(stream, "\x1b[<1u")+strings.Count(stream, "\x1b[=0;1u"); ups > downs {
				t.Errorf("the keyboard's mode was set %d times and reset %d times", ups, downs)
			}
			if after := w.settings(); after != before {
				t.Errorf("stty says %s, before %s", after, before)
			}
			if s := r.ps()["files"]; s.State != api.Ready {
				t.Errorf("files is %s", s.State)
			}
		})
	}
}

func TestTheDashboardTakesStormsPastesAndMice(t *testing.T) {
	toml, _ := three(t)
	r := newRig(t, toml)
	r.mkdir("album")
	r.must(0, "up", "-d")
	eventuallyAllReady(t, r)
	w := r.window(120, 40)
	w.waitFor("camera")
	for i := range 150 {
		size := &pty.Winsize{Rows: uint16(1 + i*7%60), Cols: uint16(1 + i*13%200)}
		if err := pty.Setsize(w.file, size); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	if err := pty.Setsize(w.file, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	// A paste with keys in it presses none of them.
	w.press("\x1b[200~Qyqs\r\x1b[201~")
	// Pasted into the dialog it is a path.
	w.press("a\x1b[200~" + r.dir + "/album\n\x1b[201~\r")
	r.waitState("album", api.Ready, 30*time.Second)
	w.press("\x1b")
	time.Sleep(200 * time.Millisecond) // an escape by itself
	// The mouse: the fifth tab, and a wheel over the log.
	w.press("\x1b[<0;50;11M\x1b[<0;50;11m\x1b[<64;50;20M")
	w.press("q")
	if code := w.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for name, s := range r.ps() {
		if s.State != api.Ready {
			t.Errorf("%s is %s", name, s.State)
		}
	}
}

// chatty is a service that logs 200 lines a second, numbered.
const chatty = `port = -1
exec = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.005; done"]`

// A terminal that takes nothing any more, as after Ctrl-S or on a dead line,
// costs the services nothing: answers stay quick, and no line is lost.
func TestAStalledTerminalCostsTheServicesNothing(t *testing.T) {
	toml, p := three(t)
	r := newRig(t, toml+"\n[service.chatty]\n"+chatty+"\n")
	r.write("work/hello.txt", "hello\n")
	r.must(0, "up", "-d")
	eventuallyAllReady(t, r)
	w := r.window(120, 40)
	w.waitFor("chatty")
	w.press("jjj") // its log
	w.waitFor("line ")
	w.pause(true)
	slowest := time.Duration(0)
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		began := time.Now()
		get(t, fmt.Sprintf("http://127.0.0.1:%d/hello.txt", p[0]))
		get(t, fmt.Sprintf("http://127.0.0.1:%d/status.json", p[2]))
		slowest = max(slowest, time.Since(began))
	}
	if slowest > time.Second { // alone on a machine it is a few milliseconds
		t.Errorf("an answer took %s", slowest)
	}
	r.must(0, "stop", "chatty")
	w.pause(false)
	w.press("q")
	if code := w.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	numbers := regexp.MustCompile(`line (\d+)`)
	next := 1
	for _, file := range r.logFiles("chatty") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range numbers.FindAllStringSubmatch(string(text), -1) {
			if n, _ := strconv.Atoi(m[1]); n != next {
				t.Fatalf("after line %d comes line %d", next-1, n)
			}
			next++
		}
	}
	if next < 200 {
		t.Errorf("only %d lines were written", next-1)
	}
}

// logFiles are the files of a service's log.
func (r *rig) logFiles(service string) []string {
	r.t.Helper()
	var found []string
	_ = filepath.WalkDir(filepath.Join(r.dir, "state"), func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), service) && strings.HasSuffix(path, ".log") {
			found = append(found, path)
		}
		return nil
	})
	if len(found) == 0 {
		r.t.Fatalf("%s has no log file", service)
	}
	return found
}
