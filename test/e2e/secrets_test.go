package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// planted is an instance with a secret in every place where people put one.
// Probes, sources and programs fail, so that the reasons speak of them too.
func planted(port []int) string {
	return fmt.Sprintf(`
[service.shop]
exec = ["sh", "-c", "sleep 1000", "-a", "planted-01", "-pplanted-02", "-p", "planted-03", "-u", "admin:planted-04",
  "--db=http://me:planted-05@db/x", "--api-key=planted-06", "TOKEN=planted-07", "--password", "planted-08",
  "https://hooks.example.org/services/T0/planted-09", "MYSQL_PWD=planted-10", "-H", "X-Api: planted-11"]
port = -1
env = { DATABASE = "planted-12", PASSWORD = "planted-13", URL = "http://u:planted-14@h/", MYSQL_PWD = "planted-15" }
metrics = "http://u:planted-16@127.0.0.1:%[3]d/metrics?token=planted-17"
on_failure = ["curl", "-d", "planted-18", "https://hooks.example.org/planted-19"]
probe = { http = "http://u:planted-20@127.0.0.1:%[3]d/healthz?key=planted-21", every = "50ms" }
start_timeout = "1s"
restart = { policy = "never" }
[service.redis]
exec = ["sleep", "1000"]
port = -1
probe = { exec = ["false", "-a", "planted-22", "ping"], every = "50ms" }
start_timeout = "1s"
restart = { policy = "never" }
[service.guest]
exec = ["sleep", "1000"]
port = -1
probe = { http = "http://u:planted-27@127.0.0.1:%[4]d/", every = "50ms", failures = 1 }
[service.pages]
kind = "status"
port = %[4]d
[service.broken]
exec = ["./no-such-program", "-pplanted-23"]
port = -1
on_failure = ["./none", "planted-24"]
[service.camera]
port = %[1]d
source = "http://me:planted-25@127.0.0.1:%[3]d/stream?key=planted-26"
always_on = true
[service.status]
port = %[2]d
`, port[0], port[1], port[2], port[3])
}

// pageText is what a page of the status service holds.
func pageText(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// asked is the answer of the control API.
func asked(t *testing.T, socket, path string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn,
		error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	resp, err := client.Get("http://supervisor" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s: %s %v", path, resp.Status, text, err)
	}
	return string(text)
}

func TestNoSecretIsShownAnywhere(t *testing.T) {
	port := porttest.Free(t, 4)
	text := planted(port)
	r := newRig(t, text)
	_, _ = r.run("up", "-d") // broken fails, so that up does
	for name, state := range map[string]api.State{"shop": api.Failed, "redis": api.Failed, "broken": api.Failing,
		"status": api.Ready, "guest": api.Ready} {
		r.waitState(name, state, 30*time.Second)
	}
	r.must(0, "stop", "pages")
	if s := r.waitState("guest", api.Degraded, 30*time.Second); !strings.Contains(s.Reason, "127.0.0.1") {
		t.Errorf("the reason does not name the URL: %q", s.Reason)
	}
	shown := map[string]string{}
	say := func(name string, res result) { shown[name] = res.stdout + res.stderr }
	say("ps", r.must(0, "ps"))
	say("ps --json", r.must(0, "ps", "--json"))
	say("info", r.must(0, "info"))
	say("info --json", r.must(0, "info", "--json"))
	say("logs", r.must(0, "logs", "--json", "-n", "-1"))
	say("check", r.must(1, "check")) // a program is missing
	doctor, err := r.run("doctor")   // whatever it finds
	if err != nil {
		t.Fatal(err)
	}
	say("doctor", doctor)
	events, err := r.run("events", "-n", "5", "--json")
	if err != nil {
		t.Fatal(err)
	}
	say("events", events)
	socket := r.info().Socket
	for _, name := range []string{"shop", "redis", "broken", "camera", "status"} {
		shown["settings of "+name] = asked(t, socket, "/v1/services/"+name+"/config")
	}
	shown["the snapshot"] = asked(t, socket, "/v1/snapshot")
	for _, path := range []string{"/", "/status.json", "/services/shop", "/services/camera", "/metrics"} {
		shown["the status page "+path] = pageText(t, fmt.Sprintf("http://127.0.0.1:%d%s", port[1], path))
	}
	r.write("work/ammar.toml", strings.ReplaceAll(text, "planted-", "planted-anew-"))
	say("reload --dry-run", r.must(0, "reload", "--dry-run"))
	say("reload --dry-run --json", r.must(0, "reload", "--dry-run", "--json"))
	path := filepath.Join(r.dir, "report.tar.gz")
	say("bugreport", r.must(0, "bugreport", path))
	for name, text := range unpacked(t, path) {
		shown["the report's "+name] = text
	}
	for name, text := range shown {
		for line := range strings.Lines(text) {
			if i := strings.Index(line, "planted-"); i >= 0 {
				t.Errorf("%s: …%s…", name, line[max(0, i-120):min(len(line), i+30)])
			}
		}
	}
	if got := r.ps()["shop"].Command; got != `["sh"] and 18 arguments` {
		t.Errorf("ps shows the command %s", got)
	}
	if text := shown["settings of shop"]; !strings.Contains(text, `[\"sh\"] and 18 arguments`) || !strings.Contains(text,
		"env.DATABASE") {
		t.Errorf("neither the program nor the names of variables are shown: %s", text)
	}
}
