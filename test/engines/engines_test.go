// Package engines decodes what ammarctl exports with the engines' own types,
// strictly. It is a module of its own, so that nobody else needs them.
package engines

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	nomad "github.com/hashicorp/nomad/api"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

// exported is what ammarctl writes for the configuration of this folder.
func exported(t *testing.T, engine string) map[string][]byte {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ammarctl")
	build := exec.Command("go", "build", "-o", bin, "./cmd/ammarctl")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build ammarctl: %v\n%s", err, out)
	}
	out := t.TempDir()
	run := exec.Command(bin, "-c", "testdata/robot.toml", "--instance", "robot", "export", engine, "--image",
		"registry.local/ammarctl:1", "-o", out)
	if text, err := run.CombinedOutput(); err != nil {
		t.Fatalf("export %s: %v\n%s", engine, err, text)
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(out, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestComposeTakesIt(t *testing.T) {
	text := exported(t, "compose")["compose.yaml"]
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  t.TempDir(),
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: text}},
		Environment: types.Mapping{"AMMAR_FILES_USERS": "anna:x", "DB_PASSWORD": "hunter2", "KEY_OF_DOOR": "k"},
	}, func(o *loader.Options) { o.Profiles = []string{"*"}; o.SetProjectName("robot", true) })
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(project.Services) != 7 {
		t.Errorf("there are %d services", len(project.Services))
	}
	files, brain := project.Services["files"], project.Services["brain"]
	if p := files.Ports; len(p) != 1 || p[0].Published != "8443" || p[0].Target != 8443 || p[0].HostIP != "0.0.0.0" {
		t.Errorf("files: the ports are %+v", p)
	}
	if h := brain.HealthCheck; h == nil || time.Duration(*h.Interval) != 500*time.Millisecond || *h.Retries != 4 {
		t.Errorf("brain: the health check is %+v", h)
	}
	if brain.MemLimit != 96<<20 || brain.CPUS != 0.5 || brain.Ulimits["nofile"].Soft != 512 || brain.PidsLimit != 50 {
		t.Errorf("brain: the limits are %v, %v, %+v, %v", brain.MemLimit, brain.CPUS, brain.Ulimits, brain.PidsLimit)
	}
	if e := brain.Environment; *e["GREETING"] != "it costs $5" || *e["DB_PASSWORD"] != "hunter2" || *e["PORT"] != "9000" ||
		*e["GOMAXPROCS"] != "2" {
		t.Errorf("brain: the environment is %v", e)
	}
	if c := brain.Command; !slices.Equal(c, []string{"--say", "$HOME $(date)"}) || brain.Entrypoint[0] != "./brain" {
		t.Errorf("brain: the command is %q %q", brain.Entrypoint, c)
	}
	if d := brain.DependsOn["migrate"]; d.Condition != types.ServiceConditionCompletedSuccessfully || !d.Restart {
		t.Errorf("brain: it depends on migrate: %+v", d)
	}
	if g := brain.StopGracePeriod; time.Duration(*g) != 20*time.Second || brain.StopSignal != "SIGINT" {
		t.Errorf("brain: it is stopped by %s within %v", brain.StopSignal, g)
	}
	if files.Labels["prometheus.io/port"] != "9464" || *files.Environment["AMMAR_METRICS"] != "0.0.0.0:9464" {
		t.Errorf("files: metrics are at %v", files.Labels)
	}
}

// kubernetesTypes are what is written, by their kinds.
func decodeKubernetes(t *testing.T, text []byte) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, doc := range bytes.Split(text, []byte("\n---\n")) {
		var head struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal(doc, &head); err != nil {
			t.Fatal(err)
		}
		var into any
		switch head.Kind {
		case "Deployment":
			into = new(appsv1.Deployment)
		case "Service":
			into = new(corev1.Service)
		case "PersistentVolumeClaim":
			into = new(corev1.PersistentVolumeClaim)
		case "Job":
			into = new(batchv1.Job)
		case "CronJob":
			into = new(batchv1.CronJob)
		default:
			t.Fatalf("a %q is not expected:\n%s", head.Kind, doc)
		}
		if err := yaml.UnmarshalStrict(doc, into); err != nil {
			t.Errorf("%s %s: %v\n%s", head.Kind, head.Metadata.Name, err, doc)
		}
		all[head.Kind+"/"+head.Metadata.Name] = into
	}
	return all
}

func TestKubernetesTakesIt(t *testing.T) {
	all := decodeKubernetes(t, exported(t, "kubernetes")["kubernetes.yaml"])
	brain, ok := all["Deployment/brain"].(*appsv1.Deployment)
	if !ok {
		t.Fatalf("there is no Deployment of brain among %v", all)
	}
	pod := brain.Spec.Template.Spec
	c := pod.Containers[0]
	if *brain.Spec.Replicas != 3 || c.Ports[0].ContainerPort != 9000 {
		t.Errorf("brain: %d replicas at %v", *brain.Spec.Replicas, c.Ports)
	}
	if q := c.Resources.Limits; !q.Memory().Equal(resource.MustParse("96Mi")) ||
		!q.Cpu().Equal(resource.MustParse("500m")) {
		t.Errorf("brain: the limits are %v", q)
	}
	if p := c.LivenessProbe; p == nil || p.HTTPGet.Path != "/well" || p.HTTPGet.Port.IntValue() != 9000 ||
		p.FailureThreshold != 4 || p.PeriodSeconds != 1 {
		t.Errorf("brain: the probe is %+v", p)
	}
	if got := *pod.TerminationGracePeriodSeconds; got != 25 || c.Lifecycle.PreStop.Sleep.Seconds != 5 {
		t.Errorf("brain: it has %d s to drain", got)
	}
	for _, e := range c.Env {
		if secret := e.Name == "DB_PASSWORD" || e.Name == "KEY_OF_DOOR"; secret != (e.ValueFrom != nil) {
			t.Errorf("brain: the variable %+v", e)
		}
	}
	if a := brain.Spec.Template.Annotations; a["prometheus.io/port"] != "9100" {
		t.Errorf("brain: metrics are at %v", a)
	}
	if s, ok := all["Service/files"].(*corev1.Service); !ok || s.Spec.Type != corev1.ServiceTypeLoadBalancer ||
		s.Spec.Ports[0].Port != 8443 {
		t.Errorf("files: the Service is %+v", s)
	}
	if s, ok := all["Service/camera"].(*corev1.Service); !ok || s.Spec.Type != corev1.ServiceTypeClusterIP {
		t.Errorf("camera: the Service is %+v", s)
	}
	if j, ok := all["CronJob/night"].(*batchv1.CronJob); !ok || j.Spec.Schedule != "30 4 * * *" ||
		j.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent {
		t.Errorf("night: %+v", j)
	}
	if j, ok := all["Job/migrate"].(*batchv1.Job); !ok ||
		j.Spec.Template.Spec.RestartPolicy != corev1.RestartPolicyOnFailure {
		t.Errorf("migrate: %+v", j)
	}
	if v, ok := all["PersistentVolumeClaim/files-root"].(*corev1.PersistentVolumeClaim); !ok ||
		!v.Spec.Resources.Requests.Storage().Equal(resource.MustParse("10Gi")) {
		t.Errorf("files: the claim is %+v", v)
	}
}

func decodeNomad(t *testing.T, text []byte) *nomad.Job {
	t.Helper()
	var file struct{ Job *nomad.Job }
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil || file.Job == nil {
		t.Fatalf("%v\n%s", err, text)
	}
	file.Job.Canonicalize()
	return file.Job
}

func TestNomadTakesIt(t *testing.T) {
	files := exported(t, "nomad")
	job := decodeNomad(t, files["robot.nomad.json"])
	if *job.ID != "robot" || *job.Type != nomad.JobTypeService || len(job.TaskGroups) != 5 {
		t.Errorf("the job is %s, a %s of %d groups", *job.ID, *job.Type, len(job.TaskGroups))
	}
	var brain *nomad.TaskGroup
	for _, g := range job.TaskGroups {
		if *g.Name == "brain" {
			brain = g
		}
	}
	if brain == nil {
		t.Fatal("there is no group brain")
	}
	task := brain.Tasks[0]
	if p := brain.Networks[0].ReservedPorts; *brain.Count != 3 || p[0].Value != 9000 || p[0].HostNetwork != "loopback" {
		t.Errorf("brain: %d at %+v", *brain.Count, p)
	}
	if c := brain.Services[0].Checks[0]; c.Path != "/well" || c.Interval != time.Second || c.CheckRestart.Limit != 4 {
		t.Errorf("brain: the check is %+v", c)
	}
	if *task.Resources.MemoryMB != 96 || *task.Resources.CPU != 500 || task.Config["pids_limit"] != 50. {
		t.Errorf("brain: the limits are %+v, %v", task.Resources, task.Config)
	}
	if *task.KillTimeout != 20*time.Second || task.KillSignal != "SIGINT" || *brain.ShutdownDelay != 5*time.Second {
		t.Errorf("brain: it is stopped by %s within %s", task.KillSignal, *task.KillTimeout)
	}
	if task.Env["GREETING"] != "it costs $5" || len(task.Templates) != 1 ||
		!strings.Contains(*task.Templates[0].EmbeddedTmpl, `nomadVar "nomad/jobs/robot/brain"`) {
		t.Errorf("brain: the environment is %v and %+v", task.Env, task.Templates)
	}
	if r := brain.RestartPolicy; *r.Attempts != 1 || *r.Interval != time.Minute || *r.Mode != "delay" { // without a limit
		t.Errorf("brain: it is restarted %+v", r)
	}
	night := decodeNomad(t, files["robot-night.nomad.json"])
	if p := night.Periodic; *night.Type != nomad.JobTypeBatch || p == nil || p.Specs[0] != "30 4 * * *" ||
		!*p.ProhibitOverlap {
		t.Errorf("night: %+v", night.Periodic)
	}
	if migrate := decodeNomad(t, files["robot-migrate.nomad.json"]); migrate.Periodic != nil || len(files) != 3 {
		t.Errorf("there are %d files, and migrate is %+v", len(files), migrate.Periodic)
	}
}
