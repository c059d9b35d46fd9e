//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

// spawnInstance starts the supervisor, with a keeper that watches over it, and waits
// until it answers.
func spawnInstance(ctx context.Context, a *app, c *client.Client) error {
	dirs, err := a.dirs()
	if err != nil {
		return err
	}
	if err := dirs.Create(); err != nil {
		return err
	}
	self, err := instance.Self()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(dirs.SupervisorLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return explain.Errorf("disk-write", "cannot open the supervisor's log: %w", err)
	}
	defer log.Close()
	said, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	up, err := upArgs(&a.connections)
	if err != nil {
		return err
	}
	cmd := exec.Command(self, append([]string{keepArg, a.instance, ""}, up...)...)
	cmd.Args[0] = "ammarctl"
	cmd.Stdout, cmd.Stderr = log, log
	// A session of its own: closing this terminal does not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot start the supervisor: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return awaitAnswer(ctx, a, c, exited, func() string { return tail(dirs.SupervisorLog(), said) })
}

// upArgs is the command line of this instance's supervisor.
func upArgs(conns *connections) ([]string, error) {
	args := []string{"up", "--no-color", "--instance", conns.instance}
	if conns.config == "" {
		return args, nil
	}
	path, err := filepath.Abs(conns.config)
	return append(args, "--config", path), err
}

// awaitAnswer waits until the new supervisor does.
func awaitAnswer(ctx context.Context, a *app, c *client.Client, exited <-chan error, said func() string) error {
	deadline := time.After(startTimeout)
	for {
		_, err := c.Info(ctx)
		if err == nil || !errors.Is(err, client.ErrNoInstance) {
			return err
		}
		select {
		case <-exited:
			if startedByAnother(ctx, &a.connections, c) {
				return nil
			}
			return explain.Errorf("supervisor-ended",
				"the supervisor ended at once; it said:\n%s", strings.TrimPrefix(said(), "ammarctl: "))
		case <-deadline:
			return explain.Errorf("supervisor-silent",
				"the supervisor does not answer on %s after %s; it said:\n%s", c.Socket(), startTimeout, said())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// startedByAnother waits a moment for another supervisor that was faster: started by
// another command, or by a keeper that has just taken over.
func startedByAnother(ctx context.Context, conns *connections, c *client.Client) bool {
	dirs, err := conns.dirs()
	if err != nil {
		return false
	}
	lock, err := dirs.Lock()
	if err == nil {
		_ = lock.Release()
		return false
	}
	for deadline := time.Now().Add(lateness); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := c.Info(ctx); err == nil {
			return true
		}
	}
	return false
}

// lateness is how long a supervisor may take from its lock to its first answer.
const lateness = 2 * time.Second

func tail(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, from, 64<<10))
	if err != nil {
		return err.Error()
	}
	return strings.TrimRight(string(text), "\n")
}

// gone tells whether a process has ended, reaped or not.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	// The state follows the name, which is in parentheses (proc_pid_stat(5)).
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.HasPrefix(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " Z ")
}
