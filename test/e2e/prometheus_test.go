package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// query asks a Prometheus for one value.
func query(base, expr string) (string, error) {
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get(base + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || len(answer.Data.Result) == 0 {
		return "nothing", err
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1]), nil
}

// Debian's Prometheus scrapes an instance with the rules of the documentation.
func TestPrometheusScrapesTheStatusService(t *testing.T) {
	need(t, "prometheus", "promtool")
	free := ports(t, 3)
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\nworkers = 9\n[service.status]\nport = %d\n", free[0], free[1]))
	r.must(0, "up", "-d")
	r.waitState("status", "ready", 30*time.Second)
	rules, err := filepath.Abs("../../docs/observability/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := r.write("prometheus.yml", fmt.Sprintf("global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: [%q]\nscrape_configs:\n  - job_name: ammarctl\n    static_configs: [{ targets: [\"127.0.0.1:%d\"] }]\n", rules, free[1]))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(r.dir, "tsdb"), fmt.Sprintf("--web.listen-address=127.0.0.1:%d", free[2]))
	log, err := os.Create(filepath.Join(r.dir, "prometheus.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	base := fmt.Sprintf("http://127.0.0.1:%d", free[2])
	for expr, want := range map[string]string{
		`ammar_service_state{service="files",state="ready"}`: "1",
		`ammar_pool_workers{service="files"}`:                "9",
		`up{job="ammarctl"}`:                                 "1",
	} {
		eventually(t, 60*time.Second, expr+" is "+want, func() (bool, string) {
			got, err := query(base, expr)
			if err != nil {
				got = err.Error()
			}
			return got == want, got
		})
	}
}

func TestTheAlertsAreRightAndTheDashboardAsksForWhatThereIs(t *testing.T) {
	need(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		cmd := exec.Command("promtool", args...)
		cmd.Dir = "../../docs/observability"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	text, err := os.ReadFile("../../docs/observability/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || len(dashboard.Panels) < 8 {
		t.Fatalf("%v, %d panels", err, len(dashboard.Panels))
	}
	alerts, err := os.ReadFile("../../docs/observability/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	exported := metricNames(t)
	for _, name := range regexp.MustCompile(`ammar_[a-z0-9_]+`).FindAllString(string(text)+string(alerts), -1) {
		if !exported[name] {
			t.Errorf("nothing exports %s", name)
		}
	}
}

// metricNames are those that the status service may write, as its source and
// the service contract name them.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, path := range []string{"../../services/status/metrics.go", "../../internal/contract/contract.go"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`ammar_[a-z0-9_]+`).FindAllString(string(text), -1) {
			found[name] = true
		}
	}
	return found
}

// Every line of `logs --json` is what jq and Loki expect: one object, with a
// time that they can read.
func TestLogsFitJQ(t *testing.T) {
	need(t, "jq")
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\n", ports(t, 1)[0]))
	r.must(0, "up", "-d")
	r.waitState("files", "ready", 30*time.Second)
	lines := r.must(0, "logs", "--json", "-n", "-1").stdout
	cmd := exec.Command("jq", "-e", `(.time | sub("\\.[0-9]+"; "") | sub("[+-][0-9:]{5,6}$"; "Z") | fromdateiso8601 > 0) and (.service == "files") and (.msg | type == "string")`)
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "false") || !strings.Contains(string(out), "true") {
		t.Errorf("jq: %v\n%s\n%s", err, out, lines)
	}
}
