//go:build linux

package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"

	"github.com/ammarctl/ammarctl/bench/peer"
)

//go:embed peers/nginx.conf peers/lighttpd.conf
var peers embed.FS

// The servers run on one processor and the load on another, so that neither
// takes from the other.
const (
	serverCPU = "0"
	loadCPU   = "1"
	ownName   = "own"
)

// serverNames are in the order in which they take turns, ours first.
func serverNames() []string { return []string{"ammarctl", "nginx", "lighttpd"} }

// server is one that is being measured. Ours is two processes: the files
// service, and the benchmark's own for what is no file.
type server struct {
	name string
	base string
	cmd  *exec.Cmd
	own  *server
}

// url is the address of the case.
func (s *server) url(k kase) string { return s.process(k).base + k.path }

// pids are the processes that answer the case.
func (s *server) pids(k kase) []int { return peer.Group(s.process(k).cmd.Process.Pid) }

func (s *server) process(k kase) *server {
	if k.own && s.own != nil {
		return s.own
	}
	return s
}

// settings are what the peers' configurations are filled with.
type settings struct {
	Dir, Root string
	Port      int
	Log       bool
	Superuser bool
}

// startAll starts ours first, then the peers; what was started is returned
// also with an error.
func startAll(ctx context.Context, dir, site string, log bool) ([]*server, error) {
	for _, name := range []string{"./cmd/ammar-files", "./bench/server/ours"} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir, name)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("cannot build %s (run this from the project's folder): %w", name, err)
		}
	}
	var running []*server
	for _, name := range append(serverNames(), ownName) {
		port, err := freePort()
		if err != nil {
			return running, err
		}
		set := settings{Dir: dir, Root: site, Port: port, Log: log, Superuser: os.Geteuid() == 0}
		var argv []string
		switch name {
		case "ammarctl":
			argv = []string{filepath.Join(dir, "ammar-files"), "--root", site, "--port", strconv.Itoa(port)}
			if !log {
				argv = append(argv, "--no-access-log")
			}
		case ownName:
			argv = []string{filepath.Join(dir, "ours"), "--port", strconv.Itoa(port)}
			if !log {
				argv = append(argv, "--no-access-log")
			}
		case "nginx":
			conf, err := fill("nginx.conf", set)
			if err != nil {
				return running, err
			}
			argv = []string{"nginx", "-p", dir, "-e", filepath.Join(dir, "nginx-error.log"), "-c", conf}
		case "lighttpd":
			conf, err := fill("lighttpd.conf", set)
			if err != nil {
				return running, err
			}
			argv = []string{"lighttpd", "-D", "-f", conf}
		}
		s, err := start(name, port, dir, argv)
		if s != nil {
			running = append(running, s)
		}
		if err != nil {
			return running, err
		}
	}
	running[0].own = running[len(running)-1]
	return running[:len(running)-1], nil
}

func fill(name string, set settings) (string, error) {
	t, err := template.ParseFS(peers, "peers/"+name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(set.Dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(t.Execute(f, set), f.Close())
}

func start(name string, port int, dir string, argv []string) (*server, error) {
	logFile, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	// Debian keeps servers in sbin, which is not in everybody's path.
	path := os.Getenv("PATH") + ":/usr/sbin:/sbin"
	cmd := exec.Command("env", append([]string{"PATH=" + path, "taskset", "-c", serverCPU}, argv...)...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	s := &server{name: name, base: fmt.Sprintf("http://127.0.0.1:%d", port), cmd: cmd}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(s.base + "/post")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
			return s, fmt.Errorf("%s answers %s, want 200", name, resp.Status)
		}
		return s, nil
	}
	said, _ := os.ReadFile(logFile.Name())
	return s, fmt.Errorf("%s does not answer on port %d; is it installed? It says: %s", name, port,
		strings.TrimSpace(string(said)))
}

func stopAll(servers []*server) {
	for _, s := range servers {
		if s.own != nil {
			stopAll([]*server{s.own})
		}
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan struct{})
		go func() { defer close(done); _ = s.cmd.Wait() }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = s.cmd.Process.Kill()
			<-done
		}
	}
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}
