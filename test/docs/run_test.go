//go:build unix

package docs

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
)

// TestMain builds the program once.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "ammarctl-docs")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		for _, program := range []string{"./cmd/ammarctl", "./examples/hello"} {
			build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), program)
			build.Dir = root
			if out, err := build.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "cannot build %s: %v\n%s", program, err, out)
				return 1
			}
		}
		if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")+":/usr/sbin:/sbin"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// pages are those whose commands are run.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(root + "/docs/how-to/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(found, root+"/docs/tutorial.md")
}

func TestThePagesDoWhatTheySay(t *testing.T) {
	for _, path := range pages(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := parse(string(text))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for _, program := range p.needs {
				if _, err := exec.LookPath(program); err != nil {
					if os.Getenv("CI") != "" {
						t.Fatal(err)
					}
					t.Skip(err)
				}
			}
			read := newReader(t)
			for _, s := range p.steps {
				read.does(t, filepath.Base(path), s)
			}
		})
	}
}

// reader is somebody who types what a page says, in a home of their own.
type reader struct {
	ports map[string]string // a port of the page, and the free one that is taken instead
	in    io.Writer
	said  *bufio.Reader
}

// pagePort are the ports that the pages may use.
var pagePort = regexp.MustCompile(`\b(8080|8081|8082|8083|8090|9000|9001|9002|6379)\b`)

// looks are commands that change nothing.
var looks = regexp.MustCompile(`^(ammarctl (ps|logs|info|check)|cat "?\$|redis-cli|curl -s http)`)

const mark = "\x01done"

// newReader begins in an empty folder, with a short path for the sockets.
func newReader(t *testing.T) *reader {
	t.Helper()
	home, err := os.MkdirTemp("/tmp", "ad")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{ports: map[string]string{}}
	named := []string{"8080", "8081", "8082", "8083", "8090", "9000", "9001", "9002", "6379"}
	for n, port := range porttest.Free(t, len(named)) {
		r.ports[named[n]] = strconv.Itoa(port)
	}
	env := []string{"HOME=" + home, "USER=anna", "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TERM=dumb", "GOFLAGS=" + os.Getenv("GOFLAGS"), "GOCACHE=" + goEnv(t, "GOCACHE"), "GOMODCACHE=" + goEnv(t, "GOMODCACHE")}
	for _, name := range []string{"XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		dir := filepath.Join(home, "."+strings.ToLower(name[4:7]))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+dir)
	}
	shell := exec.Command("sh")
	shell.Dir, shell.Env = home, env
	in, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	shell.Stderr = shell.Stdout
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	r.in, r.said = in, bufio.NewReader(out)
	t.Cleanup(func() {
		down := exec.Command("ammarctl", "down")
		down.Env = env
		_ = down.Run() // mostly there is nothing left
		_ = in.Close()
		_ = shell.Wait()
		_ = os.RemoveAll(home)
	})
	return r
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// here puts this reader's ports for those of the page.
func (r *reader) here(text string) string {
	return pagePort.ReplaceAllStringFunc(text, func(port string) string { return r.ports[port] })
}

// does one step, and compares.
func (r *reader) does(t *testing.T, name string, s step) {
	t.Helper()
	if s.file != "" {
		// Relative to where the page's shell is.
		out, _ := r.run(t, name, step{line: s.line, text: "pwd"})
		path := filepath.Join(strings.TrimSpace(out), s.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(s.text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(r.here(s.text)), mode); err != nil {
			t.Fatal(err)
		}
		return
	}
	var want []string
	for _, line := range s.want {
		want = append(want, r.here(line))
	}
	out, code := r.run(t, name, s)
	// Who only looks may look again: a service takes a moment to say something.
	for deadline := time.Now().Add(20 * time.Second); looks.MatchString(s.text) && time.Now().Before(deadline); {
		if code == s.exit && (!s.compare || agrees(want, out)) {
			break
		}
		time.Sleep(100 * time.Millisecond)
		out, code = r.run(t, name, s)
	}
	if code != s.exit {
		t.Fatalf("%s:%d: %s\nexit code %d, the page says %d:\n%s", name, s.line, s.text, code, s.exit, out)
	}
	if s.compare && !agrees(want, out) {
		t.Fatalf("%s:%d: %s\nthe page shows:\n%s\n\nit printed:\n%s", name, s.line, s.text, strings.Join(want, "\n"), out)
	}
	if strings.HasPrefix(s.text, "ammarctl init") {
		r.movePorts(t, name, s)
	}
}

var portLine = regexp.MustCompile(`(?m)^port = (\d+)$`)

// movePorts gives what init has written this reader's ports.
func (r *reader) movePorts(t *testing.T, name string, s step) {
	t.Helper()
	out, _ := r.run(t, name, step{line: s.line, text: "pwd"})
	path := filepath.Join(strings.TrimSpace(out), "ammar.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	next := 8080
	moved := portLine.ReplaceAllStringFunc(string(text), func(string) string {
		line := "port = " + r.ports[strconv.Itoa(next)]
		next++
		return line
	})
	if err := os.WriteFile(path, []byte(moved), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run types a command and returns what it prints and its exit code.
func (r *reader) run(t *testing.T, name string, s step) (string, int) {
	t.Helper()
	type answer struct {
		text string
		err  error
	}
	if _, err := fmt.Fprintf(r.in, "%s\nprintf '%s %%d\\n' $?\n", r.here(s.text), mark); err != nil {
		t.Fatalf("%s:%d: the shell has ended: %v", name, s.line, err)
	}
	done := make(chan answer, 1)
	go func() {
		var b strings.Builder
		for {
			line, err := r.said.ReadString('\n')
			if at := strings.Index(line, mark); at >= 0 || err != nil {
				b.WriteString(line[:max(at, 0)])
				done <- answer{b.String() + line[max(at, 0):], err}
				return
			}
			b.WriteString(line)
		}
	}()
	select {
	case a := <-done:
		text, code, ended := strings.Cut(a.text, mark)
		if !ended {
			t.Fatalf("%s:%d: %s\nended the shell: %v\n%s", name, s.line, s.text, a.err, a.text)
		}
		n, err := strconv.Atoi(strings.TrimSpace(code))
		if err != nil {
			t.Fatal(err)
		}
		return text, n
	case <-time.After(time.Minute):
		t.Fatalf("%s:%d: %s\nhas not ended within a minute", name, s.line, s.text)
		return "", 0
	}
}
