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

// running is a supervisor with its services, all below one folder.
type running struct {
	name string
	dir  string
	cmd  *exec.Cmd // nil for ammarctl, which leaves its starter
	pids []int     // ammarctl's
	env  []string
}

// start starts the named supervisor with n services of its default settings.
func start(ctx context.Context, name, bin, dir string, n int) (*running, error) {
	r := &running{name: name, dir: dir, env: append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir)}
	child, starts := filepath.Join(bin, leaf), filepath.Join(dir, "starts")
	var conf strings.Builder
	if name == "supervisor" {
		fmt.Fprintf(&conf, "[supervisord]\nnodaemon=true\nlogfile=%s/log\npidfile=%[1]s/pid\nchildlogdir=%[1]s\n", dir)
	}
	scan := filepath.Join(dir, "scan")
	if err := os.Mkdir(scan, 0o755); err != nil {
		return nil, err
	}
	for i := range n {
		switch name {
		case "ammarctl":
			fmt.Fprintf(&conf, "[service.s%d]\nexec = [%q, %q]\nport = -1\n", i, child, starts)
		case "supervisor":
			fmt.Fprintf(&conf, "[program:s%d]\ncommand=%s %s\n", i, child, starts)
		default:
			service := filepath.Join(scan, fmt.Sprintf("s%d", i))
			if err := os.Mkdir(service, 0o755); err != nil {
				return nil, err
			}
			if err := os.WriteFile(filepath.Join(service, "run"), fmt.Appendf(nil, "#!/bin/sh\nexec %s %s\n", child, starts), 0o755); err != nil {
				return nil, err
			}
		}
	}
	path := filepath.Join(dir, "conf.toml")
	if err := os.WriteFile(path, []byte(conf.String()), 0o644); err != nil {
		return nil, err
	}
	switch name {
	case "ammarctl":
		return r, r.up(ctx, filepath.Join(bin, "ammarctl"), path)
	case "supervisor":
		r.cmd = exec.Command("supervisord", "-n", "-c", path)
	case "runit":
		r.cmd = exec.Command("runsvdir", scan)
	case "s6":
		r.cmd = exec.Command("s6-svscan", scan)
	}
	r.cmd.Env = r.env
	return r, r.cmd.Start()
}

func (r *running) up(ctx context.Context, program, config string) error {
	up := exec.CommandContext(ctx, program, "up", "-d", "-c", config)
	up.Env = r.env
	if out, err := up.CombinedOutput(); err != nil {
		return fmt.Errorf("ammarctl up -d: %w: %s", err, out)
	}
	r.cmd = exec.Command(program, "down")
	r.cmd.Env = r.env
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

// stop ends the supervisor and all of its processes.
func (r *running) stop() {
	if r.name == "ammarctl" {
		if r.cmd != nil {
			_ = r.cmd.Run()
		}
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
		if n := peer.Name(pid); n == leaf || n == "runsv" || n == "s6-supervise" {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
