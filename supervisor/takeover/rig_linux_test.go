//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// TestMain makes the test's binary a launcher, or a supervisor to be killed.
func TestMain(m *testing.M) {
	switch os.Getenv("TAKEOVER_TEST") {
	case "launcher":
		fmt.Fprintln(os.Stderr, launcher(os.Args[1:]))
		os.Exit(1)
	case "supervisor":
		fmt.Fprintln(os.Stderr, doomed())
		os.Exit(1)
	}
	code := m.Run()
	if built, err := serverDir(); err == nil {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// serverDir is a folder for the programs in testdata.
var serverDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "takeover-test") })

// ownServer builds the one for this machine.
var ownServer = sync.OnceValues(func() (string, error) { return build(runtime.GOARCH) })

func build(goarch string) (string, error) {
	if path := os.Getenv("TAKEOVER_SERVER"); path != "" && goarch == runtime.GOARCH {
		return path, nil
	}
	dir, err := serverDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "server-"+goarch)
	cmd := exec.Command("go", "build", "-o", path, "./testdata/server")
	cmd.Env = append(os.Environ(), "GOARCH="+goarch, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the server: %w\n%s", err, out)
	}
	return path, nil
}

// launcher becomes argv, with a filter.
func launcher(argv []string) error {
	_ = os.Unsetenv("TAKEOVER_TEST")
	syscall.CloseOnExec(3)
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	become := func() error { return syscall.Exec(path, argv, os.Environ()) }
	if filter.Install(3, argv) == filter.Unanswered {
		return filter.OnCleanThread(become)
	}
	return become()
}

// rig runs the launches of one service.
type rig struct {
	t     *testing.T
	ports *Ports
	done  chan struct{}

	mu      sync.Mutex
	events  []Event
	changed chan struct{}
	running map[int]*running
}

type running struct {
	launch int
	cmd    *exec.Cmd
	output *bytes.Buffer
	ended  chan struct{}
}

func newRig(t *testing.T) *rig {
	t.Helper()
	if reason := Probe(); reason != filter.Taken {
		t.Skipf("this machine has no takeover: %s", reason)
	}
	r := &rig{t: t, done: make(chan struct{}), changed: make(chan struct{}), running: map[int]*running{}}
	r.ports = New(Config{Members: r.members})
	go r.collect(r.ports)
	t.Cleanup(func() {
		for _, p := range r.running {
			r.kill(p)
		}
		if err := r.ports.Release(); err != nil {
			t.Error(err)
		}
		r.ports.Close()
		close(r.done)
	})
	return r
}

func (r *rig) collect(p *Ports) {
	for {
		select {
		case e := <-p.Events():
			r.mu.Lock()
			r.events = append(r.events, e)
			close(r.changed)
			r.changed = make(chan struct{})
			r.mu.Unlock()
			if e.Kind == Failure {
				r.t.Errorf("the supervisor reports %+v", e)
			}
		case <-r.done:
			return
		}
	}
}

// members are the processes of a launch: its group.
func (r *rig) members(launch int) []int {
	r.mu.Lock()
	p := r.running[launch]
	r.mu.Unlock()
	if p == nil {
		return nil
	}
	var pids []int
	for _, pid := range sockdiag.Processes() {
		if group, err := syscall.Getpgid(pid); err == nil && group == p.cmd.Process.Pid {
			pids = append(pids, pid)
		}
	}
	return pids
}

// launch starts a program; with beside, next to the one that runs.
func (r *rig) launch(id int, beside bool, argv ...string) *running {
	r.t.Helper()
	p, reason := r.tryLaunch(id, beside, argv...)
	if reason != filter.Taken {
		r.t.Fatalf("%v runs without takeover: %q; it wrote %s", argv, reason, p.output)
	}
	return p
}

func (r *rig) tryLaunch(id int, beside bool, argv ...string) (*running, Reason) {
	r.t.Helper()
	if err := r.ports.Begin(id, beside); err != nil {
		r.t.Fatal(err)
	}
	return r.tryLaunchBegun(id, argv...)
}

// launchBegun is launch after Begin.
func (r *rig) launchBegun(id int, argv ...string) *running {
	r.t.Helper()
	p, reason := r.tryLaunchBegun(id, argv...)
	if reason != filter.Taken {
		r.t.Fatalf("%v runs without takeover: %q; it wrote %s", argv, reason, p.output)
	}
	return p
}

func (r *rig) tryLaunchBegun(id int, argv ...string) (*running, Reason) {
	r.t.Helper()
	offer, err := r.ports.Offer(id)
	if err != nil {
		r.t.Fatal(err)
	}
	p := &running{launch: id, output: &bytes.Buffer{}, ended: make(chan struct{})}
	p.cmd = exec.Command(self(r.t), argv...)
	p.cmd.Env = append(os.Environ(), "TAKEOVER_TEST=launcher")
	p.cmd.ExtraFiles = []*os.File{offer.Child.File("offer")}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	_ = p.cmd.ExtraFiles[0].Close()
	r.mu.Lock()
	r.running[id] = p
	r.mu.Unlock()
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	reason, err := offer.Wait(context.Background())
	if err != nil {
		r.t.Log(err)
	}
	return p, reason
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// kill ends a launch's whole group.
func (r *rig) kill(p *running) {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
}

// patience is for programs on a machine that is busy.
const patience = 60 * time.Second

// wait returns the first event that fits.
func (r *rig) wait(what string, fits func(Event) bool) Event {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		r.mu.Lock()
		i := slices.IndexFunc(r.events, fits)
		changed := r.changed
		if i >= 0 {
			defer r.mu.Unlock()
			return r.events[i]
		}
		r.mu.Unlock()
		select {
		case <-changed:
		case <-deadline:
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, p := range r.running {
				r.t.Logf("launch %d wrote %s", p.launch, p.output)
			}
			r.t.Fatalf("no event %s; there are %+v", what, r.events)
		}
	}
}

// listening waits for a launch to listen on an address.
func (r *rig) listening(launch int, port int) Event {
	r.t.Helper()
	return r.wait(fmt.Sprintf("that launch %d listens on %d", launch, port), func(e Event) bool {
		return e.Kind == Listening && e.Launch == launch && int(e.Address.IP.Port()) == port
	})
}

// has reports whether an event came.
func (r *rig) has(kind Kind) (Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.IndexFunc(r.events, func(e Event) bool { return e.Kind == kind }); i >= 0 {
		return r.events[i], true
	}
	return Event{}, false
}

// clients connect all the time, and count how that ends.
type clients struct {
	addr, request  string
	stop           chan struct{}
	all            sync.WaitGroup
	mu             sync.Mutex
	answered       int
	refused, reset []error
	longest        time.Duration
	by             map[string]int // answers by what they say
}

func hammer(n int, addr, request string) *clients {
	c := &clients{addr: addr, request: request, stop: make(chan struct{}), by: map[string]int{}}
	for range n {
		c.all.Go(func() {
			for {
				select {
				case <-c.stop:
					return
				case <-time.After(2 * time.Millisecond):
					c.once()
				}
			}
		})
	}
	return c
}

func (c *clients) once() {
	began := time.Now()
	text, err := ask(c.addr, c.request)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.longest = max(c.longest, time.Since(began))
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		c.refused = append(c.refused, err)
	case err != nil:
		c.reset = append(c.reset, err)
	default:
		c.answered++
		c.by[text]++
	}
}

func (c *clients) end() {
	close(c.stop)
	c.all.Wait()
}

// ask makes one connection, and returns the last line of the answer.
func ask(addr, request string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		return "", err
	}
	var text []byte
	if request == "" || !strings.Contains(request, "HTTP/1.0") {
		text = make([]byte, 64)
		n, err := conn.Read(text)
		if err != nil {
			return "", err
		}
		text = text[:n]
	} else if text, err = io.ReadAll(conn); err != nil {
		return "", err
	}
	if len(text) == 0 {
		return "", io.ErrUnexpectedEOF
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1], nil
}

const get = "GET / HTTP/1.0\r\n\r\n"

// free reserves a port.
func free(t *testing.T) (port int, addr string) {
	t.Helper()
	port = porttest.Free(t, 1)[0]
	return port, net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// server is the program in testdata.
func server(t *testing.T) string {
	t.Helper()
	path, err := ownServer()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// program finds one that the machine may lack.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("CI needs %s: %v", name, err)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}
