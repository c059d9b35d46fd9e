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
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
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

// prometheus starts Debian's Prometheus, which scrapes the status service at
// target every second with the rules of the documentation, and returns where
// it answers.
func prometheus(t *testing.T, r *rig, target, port int) string {
	t.Helper()
	rules, err := filepath.Abs("../../docs/observability/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := r.write("prometheus.yml", fmt.Sprintf("global: { scrape_interval: 1s, evaluation_interval: 1s "+
		"}\nrule_files: [%q]\nscrape_configs:\n  - job_name: ammarctl\n    static_configs: [{ targets: "+
		"[\"127.0.0.1:%d\"] }]\n", rules, target))
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+config,
		"--storage.tsdb.path="+filepath.Join(r.dir, "tsdb"), fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port))
	log, err := os.Create(filepath.Join(r.dir, "prometheus.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait(); log.Close() })
	return fmt.Sprintf("http://127.0.0.1:%d", port)
}

// dashboard is what Grafana reads, as far as it is looked at here.
type dashboard struct {
	Templating struct{ List []struct{ Query string } }
	Panels     []struct {
		ID          int
		Title, Type string
		GridPos     struct{ X, Y, W, H int }
		Datasource  struct{ Type, UID string }
		Targets     []struct{ RefID, Expr string }
	}
}

func grafana(t *testing.T) (d dashboard) {
	t.Helper()
	text, err := os.ReadFile("../../docs/observability/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil || len(d.Panels) < 8 {
		t.Fatalf("%v, %d panels", err, len(d.Panels))
	}
	return d
}

// Debian's Prometheus scrapes an instance, and each query of the dashboard for
// Grafana is one that it understands and has data for.
func TestPrometheusScrapesTheStatusServiceAndAnswersTheDashboard(t *testing.T) {
	need(t, "prometheus", "promtool")
	free := porttest.Free(t, 4)
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\nworkers = 9\n[service.camera]\nport = %d\nsource = "+
		"\"pattern\"\n[service.status]\nport = %d\n", free[0], free[3], free[1]))
	r.must(0, "up", "-d")
	r.waitState("status", "ready", 30*time.Second)
	base := prometheus(t, r, free[1], free[2])
	ask := func(expr string, good func(string) bool) {
		t.Helper()
		eventually(t, 60*time.Second, expr, func() (bool, string) {
			got, err := query(base, expr)
			if err != nil {
				got = err.Error()
			}
			return good(got), got
		})
	}
	for expr, want := range map[string]string{
		`ammar_service_state{service="files",state="ready"}`: "1",
		`ammar_pool_workers{service="files"}`:                "9",
		`up{job="ammarctl"}`:                                 "1",
	} {
		ask(expr, func(got string) bool { return got == want })
	}
	d := grafana(t)
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			expr := strings.NewReplacer("$service", ".*", "$__rate_interval", "1m", "[1h]", "[1m]").Replace(target.Expr)
			ask(expr, func(got string) bool { _, err := strconv.ParseFloat(got, 64); return err == nil })
		}
	}
	for _, v := range d.Templating.List {
		if name, ok := strings.CutPrefix(v.Query, "label_values("); ok {
			metric, label, _ := strings.Cut(strings.TrimSuffix(name, ")"), ", ")
			ask(fmt.Sprintf("count(count by (%s) (%s))", label, metric), func(got string) bool { return got == "3" })
		}
	}
	var rules struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health string }
			}
		}
	}
	eventually(t, 60*time.Second, "each rule is evaluated", func() (bool, string) {
		res, err := http.Get(base + "/api/v1/rules")
		if err != nil {
			return false, err.Error()
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&rules); err != nil || len(rules.Data.Groups) != 1 ||
			len(rules.Data.Groups[0].Rules) < 7 {
			return false, fmt.Sprint(rules, err)
		}
		for _, rule := range rules.Data.Groups[0].Rules {
			if rule.Health != "ok" {
				return false, fmt.Sprint(rule)
			}
		}
		return true, ""
	})
}

// Grafana's import refuses nothing of this, but shows panels one over the
// other, and a panel without a source as an error.
func TestTheDashboardsPanelsStandBesideEachOther(t *testing.T) {
	d := grafana(t)
	ids := map[int]bool{}
	for i, p := range d.Panels {
		if p.ID == 0 || ids[p.ID] || p.Title == "" || p.Type == "" || p.Datasource.Type != "prometheus" ||
			p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
			t.Errorf("panel %d: %+v", i, p)
		}
		ids[p.ID] = true
		refs := map[string]bool{}
		for _, target := range p.Targets {
			if target.RefID == "" || refs[target.RefID] {
				t.Errorf("%s: the queries are told apart by refId, not %q", p.Title, target.RefID)
			}
			refs[target.RefID] = true
		}
		a := p.GridPos
		if a.W < 1 || a.H < 1 || a.X+a.W > 24 {
			t.Errorf("%s is at %+v", p.Title, a)
		}
		for _, other := range d.Panels[:i] {
			if b := other.GridPos; a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%s covers %s", p.Title, other.Title)
			}
		}
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
	r := newRig(t, fmt.Sprintf("[service.files]\nport = %d\n", porttest.Free(t, 1)[0]))
	r.must(0, "up", "-d")
	r.waitState("files", "ready", 30*time.Second)
	lines := r.must(0, "logs", "--json", "-n", "-1").stdout
	cmd := exec.Command("jq", "-e", `(.time | sub("\\.[0-9]+"; "") | sub("[+-][0-9:]{5,6}$"; "Z") | fromdateiso8601 > 0) and (.service == "files") and (.msg | type == "string")`)
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "false") ||
		!strings.Contains(string(out), "true") {
		t.Errorf("jq: %v\n%s\n%s", err, out, lines)
	}
}
