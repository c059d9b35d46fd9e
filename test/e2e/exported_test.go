//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
)

// exportedTask is what an engine is told of a service.
type exportedTask struct {
	Name   string
	Config struct {
		Entrypoint, Args []string
	}
	Env          map[string]string
	VolumeMounts []struct{ Volume, Destination string }
}

// exportedTasks are the services of the rig's configuration as jobs.
func (r *rig) exportedTasks() map[string]exportedTask {
	r.t.Helper()
	var out struct{ Files []struct{ Text string } }
	if err := json.Unmarshal([]byte(r.must(0, "export", "nomad", "--json").stdout), &out); err != nil {
		r.t.Fatal(err)
	}
	tasks := map[string]exportedTask{}
	for _, f := range out.Files {
		var job struct {
			Job struct {
				TaskGroups []struct{ Tasks []exportedTask }
			}
		}
		if err := json.Unmarshal([]byte(f.Text), &job); err != nil {
			r.t.Fatal(err)
		}
		for _, g := range job.Job.TaskGroups {
			for _, task := range g.Tasks {
				tasks[task.Name] = task
			}
		}
	}
	return tasks
}

// engine is one that runs a task: what a container maps is mapped by names,
// and the process has nothing of this test's surroundings.
type engine struct {
	cmd              *exec.Cmd
	log              bytes.Buffer
	exited           chan error
	service, metrics string // where it is asked
	cwd              string
}

// startExported runs a task until it is well; again, when another program was
// quicker to take a port.
func startExported(t *testing.T, task exportedTask, port int, folders map[string]string,
	secrets map[string]string) *engine {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		e := runExported(t, task, port, folders, secrets)
		for len(e.exited) == 0 {
			if status, _, _ := page(e.metrics + "/healthz"); status == http.StatusOK {
				return e
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s does not get well", task.Name)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err := <-e.exited; !strings.Contains(e.log.String(), "in use") {
			t.Fatalf("%s ended: %v\n%s", task.Name, err, e.log.String())
		}
	}
}

func runExported(t *testing.T, task exportedTask, port int, folders map[string]string,
	secrets map[string]string) *engine {
	t.Helper()
	e := &engine{cwd: t.TempDir(), exited: make(chan error, 1)}
	ports := porttest.Free(t, 2)
	own, metrics := strconv.Itoa(ports[0]), strconv.Itoa(ports[1])
	e.service, e.metrics = "http://127.0.0.1:"+own, "http://127.0.0.1:"+metrics
	pairs := []string{"0.0.0.0", "127.0.0.1", "--port=" + strconv.Itoa(port), "--port=" + own, ":9464", ":" + metrics}
	for _, m := range task.VolumeMounts {
		if folders[m.Volume] == "" {
			t.Fatalf("%s wants a folder %s", task.Name, m.Volume)
		}
		pairs = append(pairs, m.Destination, folders[m.Volume])
	}
	mapped := strings.NewReplacer(pairs...)
	if !slices.Equal(task.Config.Entrypoint, []string{"ammarctl"}) {
		t.Fatalf("%s is run by %q", task.Name, task.Config.Entrypoint)
	}
	e.cmd = exec.Command(built.Path("ammarctl"))
	for _, arg := range task.Config.Args {
		e.cmd.Args = append(e.cmd.Args, mapped.Replace(arg))
	}
	e.cmd.Env = []string{}
	maps.Copy(task.Env, secrets)
	for name, value := range task.Env {
		e.cmd.Env = append(e.cmd.Env, name+"="+mapped.Replace(value))
	}
	e.cmd.Dir = e.cwd
	e.cmd.Stdout, e.cmd.Stderr = &e.log, &e.log
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { e.exited <- e.cmd.Wait() }()
	t.Cleanup(func() { _ = e.cmd.Process.Kill() })
	return e
}

func page(url string) (int, string, error) {
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, string(text), err
}

// TestEachServiceRunsWithNothingButItsExportedJob is the services' contract:
// command, environment and folders of the job are all that they have.
func TestEachServiceRunsWithNothingButItsExportedJob(t *testing.T) {
	t.Parallel()
	r := newRig(t, `
[service.files]
port = 8080
root = "."
[service.inbox]
kind = "files"
port = 8083
root = "."
upload = true
users = ["anna:$2y$10$Sp1yLwdQ8tvjsAp4SfkTjusIhOkQpCBr7OZXvKBdOOQFHbXEkeDnS /=rwd"]
[service.camera]
port = 8081
source = "pattern"
timelapse = "days"
[service.status]
port = 8082
`)
	tasks := r.exportedTasks()
	for name, c := range map[string]struct {
		port    int
		path    string
		status  int
		folders []string
		secrets map[string]string
	}{
		"files": {8080, "/", 200, []string{"root"}, nil},
		"inbox": {8083, "/", 401, []string{"root", "state"},
			map[string]string{"AMMAR_FILES_USERS": "anna:$2y$10$Sp1yLwdQ8tvjsAp4SfkTjusIhOkQpCBr7OZXvKBdOOQFHbXEkeDnS " +
				"/=rwd\n* /=-"}},
		"camera": {8081, "/cam.jpg", 200, []string{"timelapse"}, nil},
		"status": {8082, "/", 200, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folders := map[string]string{}
			for _, f := range c.folders {
				folders[f] = t.TempDir()
			}
			e := startExported(t, tasks[name], c.port, folders, c.secrets)
			if _, text, err := page(e.metrics + "/metrics"); !strings.Contains(text, "ammar_pool_workers 64") {
				t.Errorf("GET /metrics: %v\n%.500s", err, text)
			}
			if status, _, _ := page(e.metrics + "/clients"); status != 404 {
				t.Errorf("who its clients are is told to everybody: %d", status)
			}
			if status, text, err := page(e.service + c.path); status != c.status {
				t.Errorf("GET %s: %d, %v\n%.300s", c.path, status, err, text)
			}
			e.stop(t)
		})
	}
}

// stop asks the service to end, as engines do.
func (e *engine) stop(t *testing.T) {
	t.Helper()
	if err := e.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	e.ended(t)
}

func (e *engine) ended(t *testing.T) {
	t.Helper()
	select {
	case err := <-e.exited:
		if err != nil {
			t.Errorf("it ended with %v\n%s", err, e.log.String())
		}
	case <-time.After(60 * time.Second):
		t.Fatal("it does not end")
	}
	if left, _ := os.ReadDir(e.cwd); len(left) > 0 {
		t.Errorf("it left %s in its working folder", left[0].Name())
	}
	for line := range strings.Lines(e.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of its log is no event: %s", line)
		}
	}
}

// TestAnExportedServiceDrains has a download go on while the service stops.
func TestAnExportedServiceDrains(t *testing.T) {
	t.Parallel()
	r := newRig(t, "[service.files]\nport = 8080\nroot = \".\"\n")
	folder := t.TempDir()
	const size = 64 << 20 // more than both ends of a connection hold
	if err := os.WriteFile(filepath.Join(folder, "large"), make([]byte, size), 0o644); err != nil {
		t.Fatal(err)
	}
	e := startExported(t, r.exportedTasks()["files"], 8080, map[string]string{"root": folder}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.service+"/large", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := e.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "nothing more is accepted", func() (bool, string) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(e.service, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil, fmt.Sprint(err)
	})
	if n, err := io.Copy(io.Discard, res.Body); n != size || err != nil {
		t.Errorf("of %d bytes came %d, %v", size, n, err)
	}
	e.ended(t)
}
