//go:build unix

package supervisor

import (
	"context"
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
)

// rig is a supervisor whose services are this test binary.
type rig struct {
	*Supervisor
	t   *testing.T
	end func()
}

// newRig runs a supervisor until the test ends.
func newRig(t *testing.T, services ...configs.Service) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "as") // short: the names of sockets are
	if err != nil {
		t.Fatal(err)
	}
	dirs := instance.Dirs{Instance: "test", Runtime: filepath.Join(dir, "run", "test"), State: filepath.Join(dir, "state")}
	if err := dirs.Create(); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sup, err := New(Options{
		Config: configs.Config{Path: "test", Services: services}, Dirs: dirs,
		Self: func() (string, error) { return self, nil },
		Argv: func(s configs.Service) ([]string, error) {
			if len(s.Exec) > 0 {
				return s.Exec, nil
			}
			return []string{self}, nil
		},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := sup.Serve(ctx); err != nil {
			t.Error(err)
		}
	}()
	r := &rig{Supervisor: sup, t: t}
	r.end = func() { cancel(); <-done }
	t.Cleanup(func() { r.end(); os.RemoveAll(dir) })
	return r
}

// exe is a service that behaves as mode says, see child.
func exe(name, mode string) configs.Service {
	s := configs.NewService(name, configs.KindExec)
	// A program built with the race detector otherwise takes a second to exit.
	s.Env = map[string]string{"CHILD": mode, "GORACE": "atexit_sleep_ms=0"}
	s.Restart = configs.Restart{Policy: configs.RestartOnFailure, Delay: 5 * time.Millisecond, MaxDelay: 10 * time.Millisecond, Limit: 3, Window: time.Minute}
	s.StopTimeout = 5 * time.Second
	s.Port = 0
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
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
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
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	r.t.Cleanup(cancel)
	return ctx
}

// ask connects to a service and returns the pid that answers.
func ask(addr string) (int, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
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
