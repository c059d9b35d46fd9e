//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// patience is for an emulated program on a busy machine.
const patience = 90 * time.Second

// result is what was found of one machine.
type result struct {
	machine machine
	steps   []step
	size    int64 // of the binary
	memory  int64 // of the service, as ps shows it
	ready   time.Duration
}

// step is something that a person relies on.
type step struct {
	name string
	err  error
}

// trial is an instance under emulation, in folders of its own.
type trial struct {
	dir, program string
	env          []string
}

const (
	port = 8080
	site = "http://127.0.0.1:8080/hello.txt"
)

// try does all steps in their order; one that fails does not keep the others
// from being tried.
func try(m machine, work string) result {
	dir := filepath.Join(work, "t-"+m.name)
	t := &trial{dir: dir, program: m.binary(work), env: []string{
		"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "XDG_STATE_HOME=" + dir + "/s", "PATH=" + os.Getenv("PATH"), "NO_COLOR=1",
	}}
	r := result{machine: m}
	do := func(name string, what func() error) {
		begin := time.Now()
		err := what()
		r.steps = append(r.steps, step{name, err})
		fmt.Fprintf(os.Stderr, "%-14s %-12s %6.1fs %s\n", m.name, name, time.Since(begin).Seconds(), outcome(err))
	}
	if err := t.prepare(); err != nil {
		r.steps = []step{{"starts", err}}
		return r
	}
	if info, err := os.Stat(t.program); err == nil {
		r.size = info.Size()
	}
	defer func() { _, _ = t.run("down") }()
	do("starts", func() error {
		begin := time.Now()
		_, err := t.run("up", "-d")
		r.ready = time.Since(begin)
		return err
	})
	do("serves", t.serves)
	do("ps", func() error {
		s, err := t.service()
		r.memory = s.RSSBytes
		if err == nil && (s.State != api.Ready || s.RSSBytes == 0) {
			err = fmt.Errorf("%s, %d bytes", s.State, s.RSSBytes)
		}
		return err
	})
	do("crash", t.crash)
	do("restart", func() error { return t.anew("restart", "files") })
	do("adoption", t.adoption)
	do("share", func() error {
		_, err := t.run("share", "hello.txt", "--bind", "127.0.0.1", "--json")
		return err
	})
	do("down", func() error {
		if _, err := t.run("down"); err != nil {
			return err
		}
		if t.serves() == nil {
			return errors.New("it still serves")
		}
		return nil
	})
	return r
}

func (t *trial) prepare() error {
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(t.dir, "hello.txt"), []byte("good-day"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(t.dir, "ammar.toml"), fmt.Appendf(nil, "[service.files]\nport = %d\n", port), 0o644)
}

func (t *trial) run(args ...string) (string, error) {
	cmd := exec.Command(t.program, args...)
	cmd.Dir, cmd.Env = t.dir, t.env
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("ammarctl %s: %s", strings.Join(args, " "), strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}

func (t *trial) service() (api.Service, error) {
	out, err := t.run("ps", "--json")
	if err != nil {
		return api.Service{}, err
	}
	var list []api.Service
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) == 0 {
		return api.Service{}, fmt.Errorf("no service in %s (%v)", out, err)
	}
	return list[0], nil
}

func (t *trial) serves() error {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(site)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && string(body) != "good-day" {
		err = fmt.Errorf("%s: %q", res.Status, body)
	}
	return err
}

// crash wants a request that comes after the crash to be answered by the next
// process.
func (t *trial) crash() error {
	before, err := t.service()
	if err != nil {
		return err
	}
	if before.PID == 0 { // which kill(2) takes for this process's group
		return fmt.Errorf("it does not run: %s, %s", before.State, before.Reason)
	}
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		return err
	}
	if err := t.serves(); err != nil {
		return err
	}
	return t.ready(func(s api.Service) bool { return s.PID != before.PID })
}

// anew runs a command that ends with another process.
func (t *trial) anew(args ...string) error {
	before, err := t.service()
	if err != nil {
		return err
	}
	if _, err := t.run(args...); err != nil {
		return err
	}
	return t.ready(func(s api.Service) bool { return s.PID != before.PID })
}

// adoption wants the next supervisor to go on with the same process.
func (t *trial) adoption() error {
	before, err := t.service()
	if err != nil {
		return err
	}
	info, err := t.info()
	if err != nil {
		return err
	}
	if err := syscall.Kill(info.SupervisorPID, syscall.SIGKILL); err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if now, err := t.info(); err == nil && now.SupervisorPID != info.SupervisorPID {
			break
		}
		if time.Now().After(end) {
			return errors.New("no supervisor comes after the one that was killed")
		}
	}
	if err := t.ready(func(s api.Service) bool { return s.PID == before.PID }); err != nil {
		return fmt.Errorf("the service does not go on: %w", err)
	}
	return t.serves()
}

func (t *trial) info() (info api.Info, err error) {
	out, err := t.run("info", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &info)
	}
	return info, err
}

func (t *trial) ready(also func(api.Service) bool) error {
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		s, err := t.service()
		if err == nil && s.State == api.Ready && also(s) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s, pid %d, %s %v", s.State, s.PID, s.Reason, err)
		}
	}
}
