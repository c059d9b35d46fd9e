// Package e2e drives the real binary as a person does: from a terminal, with
// its services on real ports.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/test/program"
)

var built program.Built

func TestMain(m *testing.M) {
	os.Exit(program.Main(m, &built, map[string]string{
		"ammarctl": "github.com/ammarctl/ammarctl/cmd/ammarctl",
		"files":    "github.com/ammarctl/ammarctl/cmd/ammar-files",
		"slow":     "./testdata/slow",
		"faulty":   "./testdata/faulty",
	}))
}

// rig is one instance with folders of its own.
type rig struct {
	t   *testing.T
	dir string // short: the names of unix sockets are
	env []string
}

// newRig makes the folders; toml, when not empty, becomes its ./ammar.toml.
func newRig(t *testing.T, toml string) *rig {
	t.Helper()
	program.LookAtSources("../..")
	dir, env := program.Home(t)
	r := &rig{t: t, dir: dir, env: env}
	r.mkdir("work")
	if toml != "" {
		r.write("work/ammar.toml", toml)
	}
	t.Cleanup(func() {
		_, _ = r.run("down")
		if t.Failed() {
			r.dumpLogs()
		}
		os.RemoveAll(dir)
	})
	return r
}

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
	r.mkdir(filepath.Dir(name))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func (r *rig) dumpLogs() {
	_ = filepath.WalkDir(filepath.Join(r.dir, "state"), func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".log") {
			text, _ := os.ReadFile(path)
			r.t.Logf("--- %s\n%s", filepath.Base(path), text[max(0, len(text)-4000):])
		}
		return nil
	})
}

// command prepares one call of ammarctl in the rig's working folder.
func (r *rig) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, built.Path("ammarctl"), args...)
	cmd.Dir = filepath.Join(r.dir, "work")
	cmd.Env = r.env
	return cmd
}

// result is how a call of ammarctl ended.
type result struct {
	code           int
	stdout, stderr string
}

func (r *rig) run(args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	cmd := r.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	res := result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
	if _, exited := err.(*exec.ExitError); exited {
		err = nil
	}
	return res, err
}

// must runs ammarctl and wants this exit code.
func (r *rig) must(code int, args ...string) result {
	r.t.Helper()
	res, err := r.run(args...)
	if err != nil {
		r.t.Fatalf("ammarctl %s: %v", strings.Join(args, " "), err)
	}
	if res.code != code {
		r.t.Fatalf("ammarctl %s: exit code %d, want %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), res.code, code,
			res.stdout, res.stderr)
	}
	return res
}

// ps is what `ps --json` says, by name.
func (r *rig) ps() map[string]api.Service {
	r.t.Helper()
	var list []api.Service
	res := r.must(0, "ps", "--json")
	if err := json.Unmarshal([]byte(res.stdout), &list); err != nil {
		r.t.Fatalf("ps --json is no JSON: %v\n%s", err, res.stdout)
	}
	byName := map[string]api.Service{}
	for _, s := range list {
		byName[s.Name] = s
	}
	return byName
}

// eventually polls until what holds, and fails with what was seen last.
func eventually(t *testing.T, within time.Duration, what string, holds func() (bool, string)) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		ok, seen := holds()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s\nseen last: %s", within, what, seen)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// waitState polls ps until the service is in that state.
func (r *rig) waitState(name string, want api.State, within time.Duration) api.Service {
	r.t.Helper()
	var got api.Service
	eventually(r.t, within, fmt.Sprintf("%s is %s", name, want), func() (bool, string) {
		got = r.ps()[name]
		return got.State == want, fmt.Sprintf("%+v", got)
	})
	return got
}

// alive tells whether a process exists and is no zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// need skips a test that wants a program this machine lacks; where CI is set
// it fails, so that nothing is left out unseen.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing; .ci/run installs it", p)
		}
		t.Skipf("needs %s", p)
	}
}
