//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/bench/peer"
)

// The supervisors, by the names of the table.
const (
	ammarctl     = "ammarctl"
	systemdStyle = "systemd-style"
	supervisord  = "supervisord"
	runit        = "runit"
)

func supervisors() []string { return []string{ammarctl, systemdStyle, supervisord, runit} }

// supervised is one program under a supervisor.
type supervised struct {
	name    string
	dir     string
	env     []string
	bin     string
	loop    *loop     // systemd-style
	process *exec.Cmd // the supervisor, unless it leaves its starter
}

// supervise writes the configuration and starts it. Stop the result even after an
// error.
func supervise(ctx context.Context, bin, name, dir string, argv []string, port int) (*supervised, error) {
	s := &supervised{name: name, dir: dir, bin: bin}
	s.env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	switch name {
	case ammarctl:
		// One second of life is a success, as it is for the others.
		conf := fmt.Sprintf("[service.web]\nexec = [%s]\nport = %d\nrestart = { window = \"1s\" }\n", quoted(argv), port)
		if err := os.WriteFile(s.path("ammar.toml"), []byte(conf), 0o644); err != nil {
			return s, err
		}
		_, err := s.command(ctx, bin, "up", "-d", "-c", s.path("ammar.toml"))
		return s, err
	case systemdStyle:
		s.loop = newLoop(argv, s.env)
		return s, nil
	case supervisord:
		conf := fmt.Sprintf("[supervisord]\nnodaemon=true\nlogfile=%[1]s/log\npidfile=%[1]s/sv.pid\nchildlogdir=%[1]s\n"+
			"[unix_http_server]\nfile=%[1]s/sock\n[supervisorctl]\nserverurl=unix://%[1]s/sock\n"+
			"[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"+
			"[program:web]\ncommand=%[2]s\nstopasgroup=true\nautorestart=true\nenvironment=HOME=%[1]q\n", dir, shell(argv))
		if err := os.WriteFile(s.path("sv.conf"), []byte(conf), 0o644); err != nil {
			return s, err
		}
		s.process = exec.Command("supervisord", "-c", s.path("sv.conf"))
	case runit:
		if err := os.MkdirAll(s.path("scan/web"), 0o755); err != nil {
			return s, err
		}
		script := "#!/bin/sh\nexec " + shell(argv) + " >/dev/null 2>&1\n"
		if err := os.WriteFile(s.path("scan/web/run"), []byte(script), 0o755); err != nil {
			return s, err
		}
		s.process = exec.Command("runsvdir", s.path("scan"))
	}
	s.process.Env = s.env
	if err := s.process.Start(); err != nil {
		s.process = nil
		return s, fmt.Errorf("cannot start %s: %w", name, err)
	}
	return s, nil
}

func (s *supervised) path(name string) string { return filepath.Join(s.dir, name) }

func (s *supervised) command(ctx context.Context, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = s.env, s.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(argv[:2], " "), err, out)
	}
	return string(out), nil
}

// pid is the process that the supervisor started, or 0 while there is none.
func (s *supervised) pid(ctx context.Context) (pid int) {
	switch s.name {
	case ammarctl:
		out, err := s.command(ctx, s.bin, "ps", "--json")
		var services []struct {
			PID int `json:"pid"`
		}
		if err == nil && json.Unmarshal([]byte(out), &services) == nil && len(services) == 1 {
			pid = services[0].PID
		}
	case systemdStyle:
		pid = s.loop.pid()
	case supervisord:
		out, _ := s.command(ctx, "supervisorctl", "-c", s.path("sv.conf"), "pid", "web")
		pid, _ = strconv.Atoi(strings.TrimSpace(out))
	case runit:
		text, _ := os.ReadFile(s.path("scan/web/supervise/pid"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	return pid
}

// restart is what a person types.
func (s *supervised) restart(ctx context.Context) error {
	var err error
	switch s.name {
	case ammarctl:
		_, err = s.command(ctx, s.bin, "restart", "web")
	case systemdStyle:
		s.loop.restart()
	case supervisord:
		_, err = s.command(ctx, "supervisorctl", "-c", s.path("sv.conf"), "restart", "web")
	case runit:
		_, err = s.command(ctx, "sv", "restart", s.path("scan/web"))
	}
	return err
}

// stop ends the supervisor and what it started.
func (s *supervised) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	pids := []int{}
	if s.process != nil {
		pids = peer.Tree(s.process.Process.Pid)
	}
	switch s.name {
	case ammarctl:
		_, _ = s.command(ctx, s.bin, "down")
	case systemdStyle:
		if s.loop != nil {
			s.loop.stop()
		}
	case supervisord, runit:
		if s.process == nil {
			return
		}
		sig := syscall.SIGTERM
		if s.name == runit {
			sig = syscall.SIGHUP
		}
		_ = s.process.Process.Signal(sig)
		limit := time.AfterFunc(10*time.Second, func() { _ = s.process.Process.Kill() })
		_ = s.process.Wait()
		limit.Stop()
	}
	for _, pid := range pids[min(1, len(pids)):] {
		_ = syscall.Kill(pid, syscall.SIGKILL) // what it left, of the tree that was seen above
	}
}

// loop starts a program again 100 ms after it ended, as systemd does with
// Restart=always and no socket unit.
type loop struct {
	argv    []string
	env     []string
	mu      sync.Mutex
	process *os.Process
	ended   chan struct{} // of the process
	again   bool
	done    chan struct{}
}

func newLoop(argv, env []string) *loop {
	l := &loop{argv: argv, env: env, again: true, done: make(chan struct{})}
	go l.run()
	return l
}

func (l *loop) run() {
	defer close(l.done)
	for {
		cmd := exec.Command(l.argv[0], l.argv[1:]...)
		cmd.Env = l.env
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		l.mu.Lock()
		if !l.again {
			l.mu.Unlock()
			return
		}
		err := cmd.Start()
		ended := make(chan struct{})
		if err == nil {
			l.process, l.ended = cmd.Process, ended
		}
		l.mu.Unlock()
		if err == nil {
			_ = cmd.Wait()
			// The rest of the control group goes too, as KillMode says.
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		l.mu.Lock()
		l.process = nil
		l.mu.Unlock()
		close(ended)
		time.Sleep(100 * time.Millisecond)
	}
}

func (l *loop) pid() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process == nil {
		return 0
	}
	return l.process.Pid
}

// restart ends the process; run starts the next one.
func (l *loop) restart() {
	l.mu.Lock()
	p, ended := l.process, l.ended
	l.mu.Unlock()
	if p == nil {
		return
	}
	_ = syscall.Kill(-p.Pid, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
		<-ended
	}
}

func (l *loop) stop() {
	l.mu.Lock()
	l.again = false
	l.mu.Unlock()
	l.restart()
	<-l.done
}

func quoted(argv []string) string {
	out := make([]string, len(argv))
	for i, a := range argv {
		out[i] = strconv.Quote(a)
	}
	return strings.Join(out, ", ")
}

func shell(argv []string) string {
	out := make([]string, len(argv))
	for i, a := range argv {
		if out[i] = a; a == "" || strings.ContainsAny(a, " ;'\"") {
			out[i] = "'" + a + "'"
		}
	}
	return strings.Join(out, " ")
}
