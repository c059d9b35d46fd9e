package configs

import (
	"fmt"
	"strings"
	"testing"
)

// planted is a service with a secret in every place where people put one.
func planted() Service {
	s := NewService("web", KindExec)
	s.Exec = []string{
		"redis-cli", "-a", "planted-01", "-pplanted-02", "-p", "planted-03", "-u", "admin:planted-04",
		"--db=http://me:planted-05@db/x", "--api-key=planted-06", "TOKEN=planted-07", "--password", "planted-08",
		"https://hooks.example.org/services/T0/planted-09", "MYSQL_PWD=planted-10", "-H", "X-Api: planted-11",
	}
	s.Env = map[string]string{"DATABASE": "planted-12", "PASSWORD": "planted-13", "URL": "http://u:planted-14@h/"}
	s.Users = []string{"me:planted-15 /=r"}
	s.OnFailure = []string{"curl", "-d", "planted-16", "https://hooks.example.org/planted-17"}
	s.Probe = &Probe{
		HTTP: "http://u:planted-18@h/healthz?key=planted-19",
		Exec: []string{"redis-cli", "-a", "planted-20", "ping"},
	}
	s.Metrics = "http://planted-21@h/metrics?token=planted-22"
	s.Source = "http://me:planted-23@cam/stream"
	return s
}

func TestNeitherTheSettingsNorADifferenceShowASecret(t *testing.T) {
	for _, name := range []string{KindExec, KindFiles, KindCamera, KindStatus} {
		with, without := planted(), NewService("web", name)
		with.Kind = name
		without.Probe = &Probe{HTTP: "/healthz?key=planted-24"}
		for what, shown := range map[string]any{
			"settings": Effective(with), "added": Diff(without, with), "removed": Diff(with, without),
		} {
			if text := fmt.Sprintf("%+v", shown); strings.Contains(text, "planted") {
				t.Errorf("%s of a %s service show a secret:\n%s", what, name, text)
			}
		}
	}
}
