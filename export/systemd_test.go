package export

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/schedule"
)

const everything = `
[service.files]
port = 8080
root = "."
upload = true
[service.camera]
port = 8081
[service.status]
port = 8082
[service.hello]
exec = ["./hello", "a b", "$X"]
port = 9000
replicas = 2
after = ["files"]
requires = ["camera"]
env = { GREETING = "hi 100%", API_TOKEN = "hidden" }
secrets = { KEY = "/etc/hostname" }
limits = { threads = 2, nice = 5, memory = "128MiB", open_files = 1024, cpus = "0,2-3", cpu = 0.5, processes = 64 }
probe = { http = "/healthz", every = "5s", timeout = "1s", failures = 3, restart = true }
restart = { policy = "always", delay = "500ms", limit = 5, window = "1m" }
on_failure = ["/bin/echo", "failed"]
stop_signal = "INT"
umask = "027"
watchdog = "30s"
max_runtime = "24h"
critical = true
[service.nightly]
exec = ["/bin/true"]
schedule = "30 4 * * mon-fri"
port = -1
`

func systemd(t *testing.T, text, program string, only ...string) Result {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hello"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	config, err := configs.Decode([]byte(text), filepath.Join(dir, "ammar.toml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Systemd(config.Services, SystemdOptions{Program: program, User: "daemon", Only: only})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fileOf(t *testing.T, r Result, name string) string {
	t.Helper()
	for _, f := range r.Files {
		if f.Name == name {
			return f.Text
		}
	}
	t.Fatalf("there is no %s", name)
	return ""
}

func TestAUnitSaysWhatTheConfigurationSays(t *testing.T) {
	r := systemd(t, everything, "/usr/bin/ammarctl")
	for file, lines := range map[string][]string{
		"ammarctl-hello.socket": {"ListenStream=127.0.0.1:9000", "FileDescriptorName=hello",
			"Service=ammarctl-hello-1.service", "WantedBy=sockets.target"},
		"ammarctl-hello-2.service": {
			"Sockets=ammarctl-hello.socket", "After=ammarctl-files.service", "Requires=ammarctl-camera.service",
			"OnFailure=ammarctl-hello-failed.service",
			"StartLimitBurst=5", "StartLimitIntervalSec=60", "Restart=always", "RestartSec=500ms", "Type=notify",
			"WatchdogSec=30", "RuntimeMaxSec=86400",
			"KillSignal=SIGINT", "UMask=0027", "Nice=5", "MemoryMax=134217728", "CPUQuota=50%", "CPUAffinity=0 2 3",
			"LimitNOFILE=1024", "TasksMax=64",
			`Environment="GREETING=hi 100%%"`, "Environment=GOMAXPROCS=2", "EnvironmentFile=/etc/ammarctl/hello.env",
			"LoadCredential=KEY:/etc/hostname",
			"NoNewPrivileges=yes", "ProtectSystem=strict", "User=daemon",
		},
		"ammarctl-hello-probe.timer":    {"OnUnitInactiveSec=5"},
		"ammarctl-hello-unwell.service": {"ExecStart=systemctl try-restart ammarctl-hello-1.service"},
		"ammarctl-hello-failed.service": {`ExecStart=/bin/echo failed`, "Environment=AMMAR_SERVICE=hello"},
		"ammarctl-camera.service":       {"DeviceAllow=char-video4linux rw", "Type=notify"},
		"ammarctl-nightly.timer":        {"OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 4:30:00"},
		"ammarctl-nightly.service":      {"Type=oneshot"},
	} {
		text := fileOf(t, r, file)
		for _, line := range lines {
			if !strings.Contains("\n"+text, "\n"+line+"\n") {
				t.Errorf("%s has no line %s:\n%s", file, line, text)
			}
		}
	}
	for _, f := range r.Files {
		if strings.Contains(f.Text, "hidden") {
			t.Errorf("%s shows a secret", f.Name)
		}
	}
	said := ""
	for _, n := range r.Notes {
		said += n.Text + "\n"
	}
	for _, want := range []string{"API_TOKEN: not written here", "critical:", "secrets: systemd puts no file into a " +
		"variable", "AMMAR_REASON"} {
		if !strings.Contains(said, want) {
			t.Errorf("it is not said: %s, only:\n%s", want, said)
		}
	}
}

func TestSystemdUnderstandsTheUnitsAndFindsThemHardened(t *testing.T) {
	analyze := analyzer(t)
	r := systemd(t, everything, "/bin/true")
	dir := t.TempDir()
	var paths, services []string
	for _, f := range r.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path, []byte(f.Text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
		if strings.Contains(f.Text, "NoNewPrivileges") {
			services = append(services, path)
		}
	}
	out, err := exec.Command(analyze, append([]string{"--man=no", "verify"}, paths...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "ammarctl-") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	// From 0 to 100, and 92 for a unit that says nothing.
	out, err = exec.Command(analyze, append([]string{"security", "--offline=yes", "--threshold=25", "--no-pager"},
		services...)...).CombinedOutput()
	if err != nil {
		t.Errorf("security: %v\n%s", err, out)
	}
}

func TestASchedulesCalendarComesAtTheSameTimes(t *testing.T) {
	analyze := analyzer(t)
	base := time.Date(2026, 2, 26, 13, 7, 30, 0, time.UTC)
	for _, text := range []string{
		"30 4 * * mon-fri", "*/15 * * * *", "0 0 1 * *", "5 6 29 2 *", "0 12 * jan,jun *", "10-20/5 3 * * 0", "0 9 13 * 5",
		"1 2 * * sat-7", "7 7 * 3-5 */2",
		"@hourly", "@daily", "@weekly", "@monthly",
	} {
		s, err := schedule.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		want := s.Next(base)
		var got time.Time
		for _, when := range calendar(text) {
			cmd := exec.Command(analyze, "calendar", "--base-time=2026-02-26 13:07:30 UTC", when)
			cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s as %s: %v\n%s", text, when, err, out)
			}
			_, rest, _ := strings.Cut(string(out), "Next elapse: ")
			line, _, _ := strings.Cut(rest, "\n")
			at, err := time.Parse("Mon 2006-01-02 15:04:05 MST", strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("%s as %s: %v\n%s", text, when, err, out)
			}
			if got.IsZero() || at.Before(got) {
				got = at
			}
		}
		if !got.Equal(want) {
			t.Errorf("%s as %q comes at %s, want %s", text, calendar(text), got, want)
		}
	}
}

// analyzer is systemd-analyze.
func analyzer(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("systemd-analyze")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

func TestAUnitRefusesWhatItCannotSay(t *testing.T) {
	dir := t.TempDir()
	config, err := configs.Decode([]byte("[service.odd]\nexec = [\"/bin/true\", \"a\\nb\"]\nport = -1\n"),
		filepath.Join(dir, "ammar.toml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Systemd(config.Services, SystemdOptions{Program: "/bin/true", User: "daemon"}); err == nil ||
		!strings.Contains(err.Error(), "odd: cannot write ExecStart of a unit") {
		t.Errorf("a line break: %v", err)
	}
	if _, err := Systemd(config.Services, SystemdOptions{Program: "ammarctl", User: "daemon"}); err == nil {
		t.Error("a relative program is taken")
	}
}
