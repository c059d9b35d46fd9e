//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/bench/peer"
)

// leaf is the child's name: what is not the supervisor's own.
const leaf = "benchchild"

// supervisor is one that is compared.
type supervisor struct{ name, program, delays string }

func supervisors() []supervisor {
	return []supervisor{
		{"ammarctl", "sh", "none after a second of life (restart.window)"},
		{"supervisor", "supervisord", "1 s to see that a service stays"},
		{"runit", "runsvdir", "1 s when it lived shorter than that"},
		{"s6", "s6-svscan", "1 s from the start before"},
	}
}

// setup is what the services do.
type setup struct {
	args []string // of the child, after the file of notes
	port int      // that ammarctl is to listen on for it; 0: none
	logs bool     // what it says goes to rotated files
}

// running is a supervisor with its services, all below one folder.
type running struct {
	name  string
	dir   string
	began int64
	cmd   *exec.Cmd // nil for ammarctl, which leaves its starter
	down  *exec.Cmd // ammarctl's
	pids  []int     // ammarctl's
	env   []string
}

// start starts the named supervisor with n services of its default settings. Stop the
// result even after an error.
func start(ctx context.Context, name, bin string, n int, s setup) (*running, error) {
	dir, err := os.MkdirTemp("/tmp", "ab")
	if err != nil {
		return nil, err
	}
	r := &running{name: name, dir: dir}
	r.env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	scan := filepath.Join(dir, "scan")
	if err := os.Mkdir(scan, 0o755); err != nil {
		return r, err
	}
	argv := append([]string{filepath.Join(bin, leaf), filepath.Join(dir, "notes")}, s.args...)
	conf := filepath.Join(dir, "conf.toml")
	switch name {
	case "ammarctl":
		err = os.WriteFile(conf, []byte(ammarctlConf(argv, n, s)), 0o644)
	case "supervisor":
		err = os.WriteFile(conf, []byte(supervisorConf(dir, argv, n)), 0o644)
	default:
		err = serviceFolders(name, scan, argv, n, s)
	}
	if err != nil {
		return r, err
	}
	r.began = now()
	switch name {
	case "ammarctl":
		return r, r.up(ctx, filepath.Join(bin, "ammarctl"), conf)
	case "supervisor":
		r.cmd = exec.Command("supervisord", "-n", "-c", conf)
	case "runit":
		r.cmd = exec.Command("runsvdir", scan)
	case "s6":
		r.cmd = exec.Command("s6-svscan", scan)
	}
	r.cmd.Env = r.env
	if err := r.cmd.Start(); err != nil {
		r.cmd = nil
		return r, err
	}
	return r, nil
}

func ammarctlConf(argv []string, n int, s setup) string {
	var b strings.Builder
	port := -1
	if s.port > 0 {
		port = s.port
	}
	for i := range n {
		// One that has lived for a second is well, as it is for the others.
		fmt.Fprintf(&b, "[service.s%d]\nexec = [\"%s\"]\nport = %d\nrestart = { limit = 0, window = \"1s\" }\n", i,
			strings.Join(argv, `", "`), port)
	}
	return b.String()
}

func supervisorConf(dir string, argv []string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[supervisord]\nnodaemon=true\nlogfile=%s/log\npidfile=%[1]s/pid\nchildlogdir=%[1]s\n", dir)
	for i := range n {
		fmt.Fprintf(&b, "[program:s%d]\ncommand=%s\n", i, strings.Join(argv, " "))
	}
	return b.String()
}

// serviceFolders makes the folders of runit's and s6's services, which are alike.
func serviceFolders(name, scan string, argv []string, n int, s setup) error {
	for i := range n {
		service := filepath.Join(scan, fmt.Sprintf("s%d", i))
		scripts := map[string]string{"run": "exec " + strings.Join(argv, " ")}
		if s.logs {
			scripts["log/run"] = "mkdir -p main; exec svlogd main"
			if name == "s6" {
				scripts["log/run"] = "exec s6-log n10 s1000000 ./main"
			}
		}
		for path, command := range scripts {
			path = filepath.Join(service, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte("#!/bin/sh\n"+command+"\n"), 0o755); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *running) up(ctx context.Context, program, config string) error {
	up := exec.CommandContext(ctx, program, "up", "-d", "-c", config)
	up.Env = r.env
	r.down = exec.Command(program, "down")
	r.down.Env = r.env
	if out, err := up.CombinedOutput(); err != nil {
		return fmt.Errorf("ammarctl up -d: %w: %s", err, out)
	}
	info := exec.CommandContext(ctx, program, "info", "--json")
	info.Env = r.env
	out, err := info.Output()
	if err != nil {
		return err
	}
	var said struct {
		Supervisor int `json:"supervisor_pid"`
		Keeper     int `json:"keeper_pid"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return err
	}
	r.pids = []int{said.Supervisor}
	if said.Keeper > 0 {
		r.pids = append(r.pids, said.Keeper)
	}
	return nil
}

// own are the supervisor's processes, without the services.
func (r *running) own() []int {
	if r.name == "ammarctl" {
		return r.pids
	}
	return peer.Tree(r.cmd.Process.Pid, leaf)
}

// stop ends the supervisor and all of its processes, and removes its folder.
func (r *running) stop() {
	if r == nil {
		return
	}
	defer os.RemoveAll(r.dir)
	if r.down != nil {
		_ = r.down.Run()
	}
	if r.cmd == nil {
		return
	}
	all := peer.Tree(r.cmd.Process.Pid)
	sig := syscall.SIGTERM
	if r.name == "runit" {
		sig = syscall.SIGHUP
	}
	_ = r.cmd.Process.Signal(sig)
	done := make(chan struct{})
	go func() { defer close(done); _ = r.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = r.cmd.Process.Kill()
		<-done
	}
	for _, pid := range all {
		switch peer.Name(pid) {
		case leaf, "runsv", "s6-supervise", "svlogd", "s6-log":
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
