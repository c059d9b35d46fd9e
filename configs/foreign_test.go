package configs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The keys are those that people write who come from another supervisor. Each
// answer ends with the line to write.
func TestKeysFromElsewhereAreAnsweredWithOurs(t *testing.T) {
	for written, line := range map[string]string{
		`command = "python3 bot.py"`:             `exec = "python3 bot.py"`,
		`command = ["python3", "bot.py"]`:        `exec = ["python3", "bot.py"]`,
		`cmd = "cd x && ./y"`:                    `shell = "cd x && ./y"`,
		`run = "./a"`:                            `exec = "./a"`,
		`ExecStart = "./a"`:                      `exec = "./a"`,
		`script = "bot.py"`:                      `exec = "bot.py"`,
		`cwd = "/srv"`:                           `dir = "/srv"`,
		`working_dir = "/srv"`:                   `dir = "/srv"`,
		`WorkingDirectory = "/srv"`:              `dir = "/srv"`,
		`workdir = "/srv"`:                       `dir = "/srv"`,
		`directory = "/srv"`:                     `dir = "/srv"`,
		`environment = { KEY = "planted" }`:      `env = { KEY = "…" }`,
		`environment = ["A=planted", "B=2"]`:     `env = { A = "…", B = "…" }`,
		`environment = 'A="planted",B="2"'`:      `env = { A = "…", B = "…" }`,
		`EnvironmentFile = "/etc/x"`:             `env_file = ["/etc/x"]`,
		`depends_on = ["db"]`:                    `after = ["db"]`,
		`depends_on = "db"`:                      `after = ["db"]`,
		`depends_on = { db = { x = 1 } }`:        `after = ["db"]`,
		`host = "0.0.0.0"`:                       `bind = "0.0.0.0"`,
		`hostname = "localhost"`:                 `bind = "localhost"`,
		`listen = "0.0.0.0:80"`:                  `bind = "0.0.0.0" and port = 80`,
		`address = ":8080"`:                      `bind = "0.0.0.0" and port = 8080`,
		`host = "::"`:                            `bind = "::"`,
		`ports = ["8080:80"]`:                    `port = 8080`,
		`ports = [8080, 8081]`:                   `port = 8080`,
		`port = "8080"`:                          `port = 8080`,
		`port = "0.0.0.0:8080"`:                  `port = 8080`,
		`port = ":8080"`:                         `port = 8080`,
		`restart = "always"`:                     `restart.policy = "always"`,
		`restart = "unless-stopped"`:             `restart.policy = "always"`,
		`restart = "on-failure:5"`:               `restart.policy = "on-failure"`,
		`restart = "no"`:                         `restart.policy = "never"`,
		`restart = true`:                         `restart.policy = "always"`,
		`autorestart = true`:                     `restart.policy = "always"`,
		`autorestart = "unexpected"`:             `restart.policy = "on-failure"`,
		`restart_policy = "never"`:               `restart.policy = "never"`,
		`max_restarts = 10`:                      `restart.limit = 10`,
		`RestartSec = 5`:                         `restart.delay = "5s"`,
		`stopsignal = "INT"`:                     `stop_signal = "INT"`,
		`KillSignal = "SIGINT"`:                  `stop_signal = "SIGINT"`,
		`stop_signal = 2`:                        `stop_signal = "INT"`,
		`stopwaitsecs = 30`:                      `stop_timeout = "30s"`,
		`stop_grace_period = "1m30s"`:            `stop_timeout = "1m30s"`,
		`stop_timeout = 5`:                       `stop_timeout = "5s"`,
		`stop_timeout = "5"`:                     `stop_timeout = "5s"`,
		`stop_timeout = "5 sec"`:                 `stop_timeout = "5s"`,
		`stop_timeout = "2 minutes"`:             `stop_timeout = "2m"`,
		`max_runtime = "1d"`:                     `max_runtime = "24h"`,
		`uid = "www-data"`:                       `user = "www-data"`,
		`numprocs = 4`:                           `replicas = 4`,
		`instances = "4"`:                        `replicas = 4`,
		`scale = 2`:                              `replicas = 2`,
		`healthcheck = "/up"`:                    `probe.http = "/up"`,
		`healthcheck = { test = ["CMD", "x"] }`:  `probe.http = "/healthz"`,
		`health_check = "http://127.0.0.1:1/up"`: `probe.http = "http://127.0.0.1:1/up"`,
		`watch = true`:                           `watch = ["."]`,
		`watch = "app.py"`:                       `watch = ["app.py"]`,
		`cron = "0 4 * * *"`:                     `schedule = "0 4 * * *"`,
		`OnCalendar = "daily"`:                   `schedule = "30 4 * * *"`,
		`mem_limit = "128m"`:                     `limits.memory = "128m"`,
		`max_memory_restart = "1G"`:              `limits.memory = "1G"`,
		`memory = 134217728`:                     `limits.memory = "128MiB"`,
		`limits.memory = 134217728`:              `memory = "128MiB"`,
		`cpu_quota = 0.5`:                        `limits.cpu = 0.5`,
		`LimitNOFILE = 65536`:                    `limits.open_files = 65536`,
		`tty = true`:                             `pty = true`,
		`pty = "yes"`:                            `pty = true`,
		`pty = 1`:                                `pty = true`,
		`env_file = ".env"`:                      `env_file = [".env"]`,
		`after = "db"`:                           `after = ["db"]`,
		`Port = 8080`:                            `port = 8080`,
		`stop-timeout = "5s"`:                    `stop_timeout = "5s"`,
		`stopTimeout = "5s"`:                     `stop_timeout = "5s"`,
	} {
		err := decodeError(written)
		if !strings.HasSuffix(err, "; write "+line) || strings.Contains(err, "\n") {
			t.Errorf("%s\n  got  %s\n  want it to end with: write %s", written, err, line)
		}
		if strings.Contains(err, "planted") {
			t.Errorf("%s: the answer shows a value: %s", written, err)
		}
	}
}

// decodeError is the error of a service with a line; the line may be its
// command.
func decodeError(line string) string {
	text := "[service.db]\nexec = \"db\"\n[service.web]\nexec = \"web\"\n" + line + "\n"
	commands := []string{"command", "cmd", "run", "execstart", "script"}
	if slices.Contains(commands, plainKey(strings.Fields(line)[0])) {
		text = "[service.web]\n" + line + "\n"
	}
	_, err := Decode([]byte(text), "a.toml", "/home/me")
	return fmt.Sprint(err)
}

func TestKeysWithoutACounterpartAreExplained(t *testing.T) {
	for written, says := range map[string]string{
		`stdout_logfile = "x.log"`: "leave it out: the output is kept, ammarctl logs shows it",
		`image = "nginx"`:          "no containers; leave it out",
		`volumes = ["a:b"]`:        "no containers; leave it out",
		`name = "x"`:               "the name is that of the table",
		`description = "x"`:        "write it as a comment",
		`type = "simple"`:          "oneshot = true",
		`priority = 10`:            `after = ["NAME"]`,
		`group = "x"`:              "the groups are those of user",
		`killasgroup = true`:       "all processes of a service are ended with it",
	} {
		if err := decodeError(written); !strings.Contains(err, "unknown key") || !strings.Contains(err, says) {
			t.Errorf("%s\n  got  %s\n  want %s", written, err, says)
		}
	}
}

// Every answer names a key of the registry, and no key of the registry is
// answered with another one.
func TestTheTableOfForeignKeysFitsTheRegistry(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range foreignKeys() {
		if (f.ours == "") == (f.instead == "") {
			t.Errorf("%s: expected a key or what to do instead", f.names)
		}
		i := slices.IndexFunc(Keys(), func(k Key) bool { return k.Name == f.ours })
		if f.ours != "" && i < 0 {
			t.Errorf("%s is answered with %s, which is no key", f.names, f.ours)
		}
		for _, name := range strings.Fields(f.names) {
			plain := plainKey(name)
			if seen[plain] {
				t.Errorf("%s is in the table twice", name)
			}
			seen[plain] = true
			for _, k := range Keys() {
				if plainKey(k.Name) == plain && k.Has(KindExec) {
					t.Errorf("%s is a key of ours", name)
				}
			}
		}
	}
}

func TestValuesAreReadAsPeopleWriteThem(t *testing.T) {
	for line, check := range map[string]func(Service) bool{
		`stop_signal = "SIGINT"`:     func(s Service) bool { return s.StopSignal == "INT" },
		`stop_signal = "int"`:        func(s Service) bool { return s.StopSignal == "INT" },
		`limits.memory = "128M"`:     func(s Service) bool { return s.Limits.Memory == 128<<20 },
		`limits.memory = "128MB"`:    func(s Service) bool { return s.Limits.Memory == 128<<20 },
		`limits.memory = "1g"`:       func(s Service) bool { return s.Limits.Memory == 1<<30 },
		`limits.memory = "512 KiB"`:  nil, // below the least
		`limits.memory = "2048 KiB"`: func(s Service) bool { return s.Limits.Memory == 2<<20 },
		`limits.memory = "1.5G"`:     nil,
		`stop_timeout = "5 s"`:       func(s Service) bool { return s.StopTimeout == 5*time.Second },
		`stop_timeout = "1m 30s"`:    func(s Service) bool { return s.StopTimeout == 90*time.Second },
		`port = "auto"`:              func(s Service) bool { return s.Port == FreePort },
		`port = -1`:                  func(s Service) bool { return s.Port == NoPort },
		`on_failure = "mail 'a b'"`:  func(s Service) bool { return slices.Equal(s.OnFailure, []string{"mail", "a b"}) },
	} {
		c, err := Decode([]byte("[service.web]\nexec = \"web\"\n"+line+"\n"), "a.toml", "/home/me")
		switch {
		case check == nil && err == nil:
			t.Errorf("%s is accepted", line)
		case check != nil && err != nil:
			t.Errorf("%s: %v", line, err)
		case check != nil && !check(c.Services[0]):
			t.Errorf("%s: got %+v", line, c.Services[0])
		}
	}
}

func TestACommandIsSplitAsAShellSplitsIt(t *testing.T) {
	for line, want := range map[string][]string{
		`exec = "python3 bot.py --x"`:                   {"python3", "bot.py", "--x"},
		`exec = "a 'b c' \"d\" ~/e"`:                    {"a", "b c", "d", "/home/me/e"},
		`exec = "a ${NAME:-b c}"`:                       {"a", "${NAME:-b", "c}"},
		`exec = ["a", "~/b"]`:                           {"a", "~/b"},
		"exec = \"a --port ${PORT}\"\nport = 9000":      {"a", "--port", "9000"},
		"exec = [\"a\", \":${PORT}\"]\nport = \"auto\"": {"a", ":${PORT}"},
		"exec = \"a ${PORT}\"\nport = \"${OWN:-9001}\"": {"a", "9001"},
		`shell = "cd x && ${Y} a | b"`:                  {"sh", "-c", "cd x && ${Y} a | b"},
		"shell = \"a ${PORT}\"\nport = 9000":            {"sh", "-c", "a ${PORT}"},
	} {
		c, err := decode([]byte("[service.files]\n"+line+"\n"), "a.toml", "/home/me", machine{})
		if err != nil {
			if !strings.Contains(line, "NAME:-b c") {
				t.Errorf("%s: %v", line, err)
			}
			continue
		}
		s := c.Services[0]
		if s.Kind != KindExec || !slices.Equal(s.Command(), want) {
			t.Errorf("%s: got a %s service with %q, want %q", line, s.Kind, s.Command(), want)
		}
		if len(s.Exec) > 1 && s.Exec[1] == ":${PORT}" && s.WithPort(4711).Exec[1] != ":4711" {
			t.Errorf("the port that was chosen is not put in: %q", s.WithPort(4711).Exec)
		}
	}
}

func TestAServiceNeedsNoPort(t *testing.T) {
	c, err := Decode([]byte("[service.web]\nexec = \"web\"\n"), "a.toml", "/")
	if err != nil || c.Services[0].Port != NoPort {
		t.Fatalf("got %+v, %v", c.Services, err)
	}
	found := false
	for _, setting := range Effective(c.Services[0]) {
		found = found || setting == Setting{"port", "none", true}
	}
	if !found {
		t.Error("the settings do not say that it has no port")
	}
}
