//go:build unix

// Package tiny tries the build that leaves only files and the supervisor.
package tiny

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// deadline is for a machine that is busy with other things.
const deadline = 30 * time.Second

// rig is the tiny program with folders of its own.
type rig struct {
	t       *testing.T
	dir     string
	program string
	env     []string
}

func newRig(t *testing.T) *rig {
	dir, err := os.MkdirTemp("/tmp", "tiny") // short, for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &rig{t: t, dir: dir, program: filepath.Join(dir, "ammarctl")}
	build := exec.Command("go", "build", "-tags", "tiny", "-trimpath", "-ldflags", "-s -w", "-o", r.program,
		"../../cmd/ammarctl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build: %v\n%s", err, out)
	}
	for name, sub := range map[string]string{"HOME": "h", "XDG_RUNTIME_DIR": "r", "XDG_STATE_HOME": "s",
		"XDG_CONFIG_HOME": "c"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		r.env = append(r.env, name+"="+filepath.Join(dir, sub))
	}
	r.env = append(r.env, "PATH="+os.Getenv("PATH"))
	t.Cleanup(func() { _, _ = r.run("down") })
	return r
}

func (r *rig) run(args ...string) (string, error) {
	cmd := exec.Command(r.program, args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *rig) must(args ...string) string {
	r.t.Helper()
	out, err := r.run(args...)
	if err != nil {
		r.t.Fatalf("ammarctl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (r *rig) services() (list []api.Service) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.must("ps", "--json")), &list); err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func get(url string) (string, error) {
	client := http.Client{Timeout: deadline}
	res, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func TestTheTinyBuildSharesAndSupervises(t *testing.T) {
	r := newRig(t)
	port := porttest.Free(t, 1)[0]
	r.write("hello.txt", "good-day")
	r.write("ammar.toml", fmt.Sprintf("[service.files]\nport = %d\n", port))
	url := fmt.Sprintf("http://127.0.0.1:%d/hello.txt", port)

	r.must("up", "-d")
	if body, err := get(url); err != nil || body != "good-day" {
		t.Fatalf("got %q, %v", body, err)
	}
	if text := r.must("ps"); !strings.Contains(text, "files") || !strings.Contains(text, "ready") {
		t.Errorf("ps shows:\n%s", text)
	}

	before := r.services()[0].PID
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if body, err := get(url); err != nil || body != "good-day" {
		t.Errorf("after kill -9: got %q, %v", body, err)
	}
	for end := time.Now().Add(deadline); ; time.Sleep(20 * time.Millisecond) {
		now := r.services()[0]
		if now.State == api.Ready && now.PID != before {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it was not started again: %+v", now)
		}
	}
	r.must("restart", "files")

	var shared struct{ URLs []string }
	if err := json.Unmarshal([]byte(r.must("share", "hello.txt", "--bind", "127.0.0.1", "--json")), &shared); err != nil {
		t.Fatal(err)
	}
	if list := r.services(); len(list) != 2 || list[1].Share == nil {
		t.Errorf("the share is not listed: %+v", list)
	}
	r.must("down")
	if _, err := get(url); err == nil {
		t.Error("it serves after down")
	}
}

func TestTheTinyBuildSaysWhatItLeavesOut(t *testing.T) {
	r := newRig(t)
	r.write("ammar.toml", "[service.files]\nport = 8080\n[service.eye]\nkind = \"camera\"\nport = 8081\n")
	if out, err := r.run("check"); err == nil || !strings.Contains(out,
		"this build of ammarctl is the tiny one, which comes without camera") {
		t.Errorf("check: %v\n%s", err, out)
	}
	if out, err := r.run("service", "camera"); err == nil {
		t.Errorf("service camera: %s", out)
	}
	r.must("init", "new.toml")
	r.must("check", "new.toml")
	if text, err := os.ReadFile(filepath.Join(r.dir, "new.toml")); err != nil ||
		bytes.Contains(text, []byte("[service.camera]")) {
		t.Errorf("init offers a camera: %v\n%s", err, text)
	}
}
