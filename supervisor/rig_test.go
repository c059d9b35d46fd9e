//go:build unix

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/service"
)

// rig is a supervisor whose services are this test binary.
type rig struct {
	*Supervisor
	t   *testing.T
	dir string
	end func()
	// served is what Serve returned, once done is closed.
	served error
	done   chan struct{}
}

// newRig runs a supervisor until the test ends.
func newRig(t *testing.T, services ...configs.Service) *rig {
	t.Helper()
	return newRigIn(t, shortFolder(t), services...)
}

// shortFolder is short because the names of sockets are.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "as")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func dirsIn(dir string) instance.Dirs {
	return instance.Dirs{Instance: "test", Runtime: filepath.Join(dir, "run", "test"), State: filepath.Join(dir, "state")}
}

func newIn(dir string, services ...configs.Service) (*Supervisor, error) {
	dirs := dirsIn(dir)
	if err := dirs.Create(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	return New(Options{
		Config: configs.Config{Path: "test", Services: services}, Dirs: dirs,
		Self: func() (string, error) { return self, nil },
		Argv: func(s configs.Service) ([]string, error) {
			if len(s.Exec) > 0 {
				return s.Exec, nil
			}
			return []string{self}, nil
		},
		Log: log, Inheritance: Inherit(dirs, nil, log),
	})
}

// newRigIn goes on with what an earlier supervisor has left in dir.
func newRigIn(t *testing.T, dir string, services ...configs.Service) *rig {
	t.Helper()
	sup, err := newIn(dir, services...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{Supervisor: sup, t: t, dir: dir, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.served = sup.Serve(ctx)
	}()
	r.end = func() {
		cancel()
		<-r.done
		var fault *service.ImpossibleEventError
		if errors.As(r.served, &fault) {
			t.Error(fault)
		}
	}
	t.Cleanup(r.end)
	return r
}

// exe is a service that behaves as mode says, see child.
func exe(name, mode string) configs.Service {
	s := configs.NewService(name, configs.KindExec)
	// A program built with the race detector otherwise takes a second to exit.
	s.Env = map[string]string{"CHILD": mode, "GORACE": "atexit_sleep_ms=0"}
	s.Restart = configs.Restart{Policy: configs.RestartOnFailure, Delay: 5 * time.Millisecond,
		MaxDelay: 10 * time.Millisecond, Limit: 3, Window: time.Minute}
	s.StopTimeout = 5 * time.Second
	s.Port = 0
	return s
}

// announced makes a service ready only when it says so, however slowly the
// machine starts it.
func announced(s configs.Service) configs.Service {
	s.Probe = &configs.Probe{TCP: "127.0.0.1:1", Every: time.Second, Timeout: time.Second, Failures: 1000}
	return s
}

func (r *rig) service(name string) api.Service {
	for _, s := range r.Services() {
		if s.Name == name {
			return s
		}
	}
	return api.Service{}
}

// wait polls until the service is as wanted.
func (r *rig) wait(name string, what string, ok func(api.Service) bool) api.Service {
	r.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		s := r.service(name)
		if ok(s) {
			return s
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%s never was %s: %+v", name, what, s)
		}
	}
}

func (r *rig) waitState(name string, want api.State) api.Service {
	r.t.Helper()
	return r.wait(name, string(want), func(s api.Service) bool { return s.State == want })
}

func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	r.t.Cleanup(cancel)
	return ctx
}

// logged are the lines that the processes of a service wrote.
func (r *rig) logged(name string) string {
	log, err := r.Log(name)
	if err != nil {
		r.t.Fatal(err)
	}
	log.Drain(time.Second)
	var lines []string
	for _, l := range log.Last(-1) {
		if !l.Supervisor {
			lines = append(lines, l.Raw)
		}
	}
	return strings.Join(lines, "\n")
}

// waitLogged polls until the service has written text.
func (r *rig) waitLogged(name, text string) {
	r.t.Helper()
	r.wait(name, "heard to say "+text, func(api.Service) bool { return strings.Contains(r.logged(name), text) })
}

// ask connects to a service and returns the pid that answers.
func ask(addr string) (int, error) {
	conn, err := net.DialTimeout("tcp", addr, 20*time.Second)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return 0, err
	}
	text, err := io.ReadAll(conn)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// alive tells whether a process exists and is no zombie.
func alive(pid int) bool {
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// touch makes an empty file.
func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}
