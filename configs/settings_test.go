package configs

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheEffectiveConfigurationHidesSecretsAndHasDefaults(t *testing.T) {
	s := NewService("web", KindExec)
	s.Exec = []string{"./web", "--password", "planted-1", "--db=http://me:planted-2@db/x", "--api-key=planted-3",
		"--port=80", "TOKEN=planted-4"}
	s.Env = map[string]string{"DATABASE": "planted-5"}
	s.Users = []string{"me:planted-6 /=r"}
	s.Probe = &Probe{HTTP: "http://u:planted-7@h/healthz?key=planted-8"}
	s.Metrics = "http://planted-9@h/metrics"
	s.OnFailure = []string{"notify", "--auth", "planted-0"}
	s.ShowArgs = true
	text := fmt.Sprint(Effective(s))
	if strings.Contains(text, "planted") {
		t.Errorf("a secret is shown: %s", text)
	}
	for _, want := range []string{"--port=80", "{env.DATABASE (hidden) false}", "{stop_timeout 10s true}",
		"{restart.limit 0 true}", "probe.http"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %s", want, text)
		}
	}
	if strings.Contains(text, "{quality") || strings.Contains(text, "{root") {
		t.Errorf("keys of another kind: %s", text)
	}
	camera := NewService("camera", KindCamera)
	camera.Source = "http://me:planted@cam/stream"
	text = fmt.Sprint(Effective(camera))
	shown := strings.Contains(text, "{quality 80 true}") && strings.Contains(text, "cam/stream")
	if strings.Contains(text, "planted") || !shown {
		t.Error(text)
	}
}

func TestEveryKeyIsAmongTheEffectiveOnes(t *testing.T) {
	for _, kind := range []string{KindExec, KindFiles, KindCamera, KindStatus} {
		s := NewService("x", kind)
		s.Probe, s.Env, s.Users = &Probe{}, map[string]string{"A": "b"}, []string{"x"}
		shown := map[string]bool{}
		for _, set := range Effective(s) {
			top, _, _ := strings.Cut(set.Key, ".")
			shown[top] = true
		}
		for _, k := range Keys() {
			top, _, _ := strings.Cut(k.Name, ".")
			if k.Has(kind) && !shown[top] {
				t.Errorf("%s: %s is missing", kind, k.Name)
			}
		}
	}
}
