//go:build linux

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// portOf finds the ports that an example and the files beside it name.
var portOf = regexp.MustCompile(`\b(80[0-9]{2}|63[0-9]{2}|2019)\b`)

// example is a rig with configs/examples/NAME.toml and files beside it, its
// ports replaced by free ones.
func example(t *testing.T, name string, beside ...string) (*rig, map[string]int) {
	t.Helper()
	r := newRig(t, "")
	moved := map[string]int{}
	for _, file := range append(beside, name+".toml") {
		text, err := os.ReadFile(filepath.Join("../../configs/examples", file))
		if err != nil {
			t.Fatal(err)
		}
		changed := portOf.ReplaceAllStringFunc(string(text), func(port string) string {
			if moved[port] == 0 {
				moved[port] = porttest.Free(t, 1)[0]
			}
			return strconv.Itoa(moved[port])
		})
		if strings.HasSuffix(file, ".toml") {
			file = "ammar.toml"
		}
		r.write("work/"+file, changed)
	}
	r.must(0, "check")
	r.must(0, "up", "-d")
	return r, moved
}

// alive wants what is known of any program: its state, memory and CPU.
func (r *rig) wantFigures(name string) api.Service {
	r.t.Helper()
	r.waitState(name, api.Ready, 20*time.Second)
	var s api.Service
	eventually(r.t, 30*time.Second, name+" has figures", func() (bool, string) {
		s = r.ps()[name]
		return s.RSSBytes > 100<<10 && s.PID > 0, fmt.Sprintf("%+v", s)
	})
	return s
}

func fetch(url string) (int, string) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func TestNginxKeepsItsClientsWhileItIsRestarted(t *testing.T) {
	need(t, "nginx")
	r, moved := example(t, "nginx", "nginx.conf")
	before := r.wantFigures("nginx")
	url := fmt.Sprintf("http://127.0.0.1:%d/status", moved["8090"])
	if code, text := fetch(url); code != 200 || !strings.Contains(text, "Active connections") {
		t.Fatalf("%s: %d %s", url, code, text)
	}
	restarted := make(chan result, 1)
	go func() {
		res, _ := r.run("restart", "nginx")
		restarted <- res
	}()
	asked, client := 0, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for done := false; !done; asked++ {
		select {
		case res := <-restarted:
			if done = true; res.code != 0 {
				t.Errorf("restart: %+v", res)
			}
		default:
		}
		resp, err := client.Get(url)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("request %d: %v %v", asked, resp, err)
		}
		_ = resp.Body.Close()
	}
	if after := r.wantFigures("nginx"); after.PID == before.PID || after.Addr != before.Addr {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if out := r.must(0, "logs", "nginx").stdout; !strings.Contains(out, "GET /status") {
		t.Errorf("its access log is not in the log:\n%s", out)
	}
}

func TestCaddyShowsItsMetrics(t *testing.T) {
	need(t, "caddy")
	r, moved := example(t, "caddy", "Caddyfile")
	r.wantFigures("caddy")
	url := fmt.Sprintf("http://127.0.0.1:%d/", moved["8091"])
	eventually(t, 15*time.Second, "its requests are counted", func() (bool, string) {
		code, text := fetch(url)
		s := r.ps()["caddy"]
		return code == 200 && s.RequestsTotal >= 5, fmt.Sprintf("%d %.100s %+v", code, text, s)
	})
	if line := r.must(0, "logs", "--json", "--grep", "handled request", "caddy").stdout; !strings.Contains(line,
		`"level":"INFO"`) {
		t.Errorf("its JSON lines are not read: %s", line)
	}
}

func TestRedisSaysThatItIsReadyAndIsProbed(t *testing.T) {
	need(t, "redis-server", "redis-cli")
	r, _ := example(t, "redis")
	s := r.wantFigures("redis")
	if !strings.Contains(s.Status, "Ready to accept connections") {
		t.Errorf("its status is %q", s.Status)
	}
	old := s.PID
	r.must(0, "restart", "redis")
	if s := r.wantFigures("redis"); s.PID == old {
		t.Error("it is the same process")
	}
}

func TestUstreamerRunsWithoutACamera(t *testing.T) {
	need(t, "ustreamer")
	t.Setenv("CAMERA", "/dev/no-such-camera")
	r, moved := example(t, "ustreamer")
	r.wantFigures("ustreamer")
	if code, text := fetch(fmt.Sprintf("http://127.0.0.1:%d/state", moved["8092"])); code != 200 ||
		!strings.Contains(text, `"online": false`) {
		t.Errorf("%d %s", code, text)
	}
}

func TestPythonsServerWritesEachLineAtOnce(t *testing.T) {
	need(t, "python3")
	r, moved := example(t, "python")
	r.wantFigures("python")
	if code, _ := fetch(fmt.Sprintf("http://127.0.0.1:%d/ammar.toml?asked", moved["8093"])); code != 200 {
		t.Errorf("it answers %d", code)
	}
	eventually(t, 5*time.Second, "the request is in the log", func() (bool, string) {
		out := r.must(0, "logs", "python").stdout
		return strings.Contains(out, "?asked") && strings.Contains(out, "Serving HTTP"), out
	})
}

func TestAShellScriptIsAService(t *testing.T) {
	r, _ := example(t, "script")
	s := r.wantFigures("clock")
	eventually(t, 30*time.Second, "it says the time", func() (bool, string) {
		out := r.must(0, "logs", "--json", "clock").stdout
		return strings.Count(out, "UTC") >= 2 && strings.Contains(out, "umask 0077"), out
	})
	r.must(0, "down")
	if alive(s.PID) {
		t.Errorf("process %d is left over", s.PID)
	}
}
