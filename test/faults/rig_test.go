//go:build linux

// Package faults does the worst to the real binary: it kills the services, the
// supervisor and its keeper, fills the disk, exhausts descriptors, tears files,
// and looks at /proc for what is left. docs/reliability.md says which promise
// each test proves.
package faults

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/test/program"
)

var built program.Built

func TestMain(m *testing.M) {
	// Nearly all of the time is spent on waiting.
	_ = flag.Set("test.parallel", "4")
	flag.Parse()
	os.Exit(program.Main(m, &built, map[string]string{
		"ammarctl": "github.com/ammarctl/ammarctl/cmd/ammarctl",
		"child":    "./child",
	}))
}

// rig is one instance with folders of its own. All that descends from it has
// its mark in the environment.
type rig struct {
	t    *testing.T
	dir  string // short: the names of unix sockets are
	mark string
	env  []string
	bin  string
}

// newRig makes the folders, and config the file ./ammar.toml; nothing runs yet.
func newRig(t *testing.T, config string) *rig {
	t.Helper()
	program.LookAtSources("../..")
	dir, env := program.Home(t)
	r := &rig{t: t, dir: dir, mark: "FAULTS_RIG=" + dir, bin: built.Path("ammarctl")}
	r.env = append(env, r.mark)
	r.mkdir("work")
	r.configure(config)
	t.Cleanup(r.cleanup)
	return r
}

// cleanup leaves nothing, whatever the test has done.
func (r *rig) cleanup() {
	if r.t.Failed() {
		r.dump()
	}
	_, _ = r.try("down")
	for range 50 {
		left := r.processes()
		if len(left) == 0 {
			break
		}
		for _, p := range left {
			_ = syscall.Kill(p.pid, syscall.SIGKILL) // it bears this rig's mark
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = os.RemoveAll(r.dir)
}

// service is the configuration of a child with these steps.
func service(name string, port int, more string, steps ...string) string {
	command := []string{fmt.Sprintf("%q", built.Path("child"))}
	for _, s := range steps {
		command = append(command, fmt.Sprintf("%q", s))
	}
	return fmt.Sprintf("[service.%s]\nexec = [%s]\nport = %d\n%s\n", name, strings.Join(command, ", "), port, more)
}

func (r *rig) configure(text string) { r.write("work/ammar.toml", text) }

func (r *rig) mkdir(name string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func (r *rig) write(name, text string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func (r *rig) runtimeDir() string { return filepath.Join(r.dir, "run/ammarctl/default") }
func (r *rig) stateDir() string   { return filepath.Join(r.dir, "state/ammarctl/default") }
func (r *rig) socket() string     { return filepath.Join(r.runtimeDir(), "control.sock") }
func (r *rig) logFile(service string) string {
	return filepath.Join(r.stateDir(), "logs", service+".log")
}

// dump shows what a failed test left.
func (r *rig) dump() {
	if list, err := r.ask(); err == nil {
		for _, s := range list {
			r.t.Logf("%s: %s, pid %d, next %d, draining %v, restarts %d: %s", s.Name, s.State, s.PID, s.NextPID, s.Draining,
				s.Restarts, s.Reason)
		}
	}
	for _, p := range r.processes() {
		r.t.Logf("process %+v", p)
	}
	logs, _ := filepath.Glob(filepath.Join(r.stateDir(), "logs/*.log"))
	for _, path := range logs {
		text, _ := os.ReadFile(path)
		r.t.Logf("--- %s\n%s", filepath.Base(path), strings.ToValidUTF8(string(text[max(0, len(text)-3000):]), "?"))
	}
}

// result is how a call of ammarctl ended.
type result struct {
	code           int
	stdout, stderr string
}

func (r *rig) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.bin, args...)
	cmd.Dir = filepath.Join(r.dir, "work")
	cmd.Env = r.env
	return cmd
}

// try runs ammarctl; an error says that it did not come to its own end.
func (r *rig) try(args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := r.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return result{}, err
	}
	res := result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
	if res.code >= 0 {
		err = nil
	}
	return res, err
}

// must runs ammarctl and wants this exit code.
func (r *rig) must(code int, args ...string) result {
	r.t.Helper()
	res, err := r.try(args...)
	if err != nil || res.code != code {
		r.t.Fatalf("ammarctl %s: exit code %d (%v), want %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), res.code, err,
			code, res.stdout, res.stderr)
	}
	return res
}

// up starts the instance. Exit code 1 without a message says that a service does
// not come up, which some tests want.
func (r *rig) up() {
	r.t.Helper()
	res, err := r.try("up", "-d")
	if err != nil || res.code > 1 || strings.Contains(res.stderr, "ammarctl:") {
		r.t.Fatalf("up: %v, exit code %d\n%s%s", err, res.code, res.stdout, res.stderr)
	}
}

func (r *rig) client() *client.Client { return client.New(r.socket()) }

func (r *rig) ask() ([]api.Service, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return r.client().Services(ctx)
}

// get is a service as the supervisor shows it.
func (r *rig) get(name string) (api.Service, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return r.client().Service(ctx, name)
}

func (r *rig) info() api.Info {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	info, err := r.client().Info(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	return info
}
