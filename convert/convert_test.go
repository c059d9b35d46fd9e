package convert

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammarctl/ammarctl/configs"
)

// body is a configuration without its first two lines.
func body(text string) string {
	return strings.Join(strings.Split(text, "\n")[2:], "\n")
}

func TestEachFormatIsWrittenAsAmmarctlSaysIt(t *testing.T) {
	for name, c := range map[string]struct{ format, in, want string }{
		"a program": {"supervisord", `
[program:web]
command=/usr/bin/gunicorn -w 4 "my app:app" ; with a comment
directory=/srv/web
environment=HOME="/srv",KEY='a,b',PLAIN=c
autorestart=true
startretries=3
stopsignal=SIGQUIT
stopwaitsecs=20
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=3
`, `
[service.web]
exec = ["/usr/bin/gunicorn", "-w", "4", "my app:app"]
env = { HOME = "/srv", KEY = "a,b", PLAIN = "c" }
dir = "/srv/web"
restart.policy = "always"
restart.limit = 4
stop_signal = "QUIT"
stop_timeout = "20s"
logs.size = "1MiB"
logs.total = "4MiB"
`},
		"copies that differ": {"supervisord", "[program:w]\ncommand=run --port=90%(process_num)02d " +
			"%%\nprocess_name=%(program_name)s_%(process_num)s\nnumprocs=2\n", `
[service.w-0]
exec = ["run", "--port=9000", "%"]

[service.w-1]
exec = ["run", "--port=9001", "%"]
`},
		"what is taken over in silence, and a schedule": {"process-compose",
			"x-base: &b\n  is_daemon: false\nprocesses:\n  a:\n    <<: *b\n    command: a\n    schedule: {cron: \"0 * * * " +
				"*\", timezone: UTC}\n    readiness_probe: {http_get: {port: 9000, path: /}, success_threshold: 1}\n  b:\n    " +
				"command: b\n    schedule: {interval: 30s}\n", `
[service.a]
exec = ["bash", "-c", "a"]
schedule = "0 * * * *"
probe.http = "http://127.0.0.1:9000/"
# lost: schedule.timezone: there is nothing like it

[service.b]
exec = ["bash", "-c", "b"]
schedule = "@every 30s"
`},
		"copies that are the same": {"supervisord", "[program:w]\ncommand=run %(ENV_HOME)s\nnumprocs=3\n", `
[service.w]
replicas = 3
exec = ["run", "${HOME}"]
`},
		"what supervisord has alone": {"supervisord", "[supervisord]\nlogfile=/x\n[program:a " +
			"b]\ncommand=x\nuser=www\npriority=5\n[group:g]\nprograms=a,b\n[include]\nfiles=*.conf\n",
			`# lost: [supervisord] logfile = /x: ammarctl keeps each service's log in a folder of its own: see ammarctl info
# lost: [group:g]: there are no groups; name several services instead: ammarctl restart a b
# lost: [include]: import these files as well: *.conf

# called "a b" before
[service.a-b]
exec = ["x"]
# only when root starts ammarctl; else it is whoever starts it:
#user = "www"
# lost: priority = 5: nothing is started by numbers; after = ["NAME"] waits until that one is ready
`},
		"a process of process-compose": {"process-compose", `
environment: ["A=1", "B=$HOME"]
processes:
  migrate:
    command: ./migrate
  web:
    command: exec ./web --to ${PORT} $$HOME
    working_dir: /srv
    depends_on: {migrate: {condition: process_completed_successfully}}
    availability: {restart: on_failure, backoff_seconds: 2, max_restarts: 3}
    readiness_probe:
      http_get: {host: 127.0.0.1, port: 8080, path: /healthz}
      period_seconds: 10
      failure_threshold: 2
    shutdown: {signal: 2, timeout_seconds: 5}
    namespace: back
`, `
[service.migrate]
exec = ["bash", "-c", "./migrate"]
env = { A = "1", B = "${HOME:-}" }
oneshot = true

[service.web]
exec = ["bash", "-c", "exec ./web --to $${PORT} $HOME"]
env = { A = "1", B = "${HOME:-}" }
dir = "/srv"
after = { migrate = "done" }
restart.delay = "2s"
restart.limit = 4
restart.policy = "on-failure"
probe.http = "http://127.0.0.1:8080/healthz"
probe.every = "10s"
probe.failures = 2
stop_signal = "INT"
stop_timeout = "5s"
# lost: namespace = back: there are no groups of services; an instance of its own is one: --instance
`},
		"a Procfile": {"procfile", "# the site\nweb: bundle exec puma -p $PORT ${X}\n\nworker: rake jobs\n",
			`# lost: foreman ends everything when one program ends; here each is started again by itself. For the former: restart.policy = "never" and critical = true

# it opens its port itself; foreman gives each program a number in PORT
[service.web]
exec = ["sh", "-c", "bundle exec puma -p $PORT $${X}"]
env = { PORT = "5000" }

# it opens its port itself; foreman gives each program a number in PORT
[service.worker]
exec = ["sh", "-c", "rake jobs"]
env = { PORT = "5100" }
`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := From(c.format, c.in, "/none/file", "/none/ammar.toml")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, body(got.Text)); d != "" {
				t.Error(d)
			}
			if strings.Count(got.Text, "# lost: ") != len(got.Lost) {
				t.Errorf("what is lost is said %d times in the file, %d times besides", strings.Count(got.Text, "# lost: "),
					len(got.Lost))
			}
			if _, err := configs.Decode([]byte(got.Text), "/none/ammar.toml", "/root"); err != nil {
				t.Errorf("%v\n%s", err, got.Text)
			}
		})
	}
}

func TestWhatIsNoSuchFileIsSaidWithItsLine(t *testing.T) {
	for _, c := range []struct{ format, in, want string }{
		{"supervisord", "command=x\n", "line 1: expected key = value in a section"},
		{"supervisord", "[program:x]\nhuh\n", "line 2: expected key = value"},
		{"supervisord", "[program:x\n", "line 1: expected a section"},
		{"supervisord", "[program:x]\ncommand=a 'b\n", "needs a command"},
		{"supervisord", "[program:x]\nautostart=true\n", "needs a command"},
		{"supervisord", "[program:x]\ncommand=x\nenvironment=A\n", "line 3: expected NAME=value"},
		{"supervisord", "[program:x]\ncommand=x\nnumprocs=many\n", "numprocs: expected a number"},
		{"supervisord", "[unix_http_server]\nfile=/x\n", "names no program"},
		{"process-compose", "processes: [a]\n", "line 1: expected keys with values"},
		{"process-compose", "processes:\n  a:\n   command: [\n", "line 3"},
		{"process-compose", "processes:\n  a:\n    environment: [A=1]\n", "line 2: expected a command"},
		{"process-compose", "processes: {a: {command: x, replicas: none}}\n", "replicas: expected a number"},
		{"procfile", "web ./run\n", "line 1: expected NAME: COMMAND"},
		{"procfile", "a: x\na: y\n", "line 2: a is there already"},
		{"procfile", "", "names no program"},
		{"systemd", "", "unknown format"},
	} {
		if _, err := From(c.format, c.in, "file", "ammar.toml"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.format, c.in, err, c.want)
		}
	}
}

func TestFoldersHoldWhereverTheConfigurationIsWritten(t *testing.T) {
	got, err := From("process-compose", "processes: {a: {command: x}, b: {command: x, working_dir: sub, env_file: [e]}}",
		"/srv/app/process-compose.yaml", "/etc/ammar.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`dir = "/srv/app"`, `dir = "/srv/app/sub"`, `env_file = ["/srv/app/e"]`} {
		if !strings.Contains(got.Text, want+"\n") {
			t.Errorf("no %s in\n%s", want, got.Text)
		}
	}
}

// FuzzFrom's oracle is ammarctl's own decoder: whatever is written is taken,
// and has a table for each service.
func FuzzFrom(f *testing.F) {
	f.Add(0, "[program:web]\ncommand=/bin/x -y %(here)s ; "+
		"c\nenvironment=A=\"1\",B=2\nnumprocs=2\nstopsignal=KILL\numask=022\n")
	f.Add(0, "[supervisord]\nenvironment=X=1\n[program:ä]\ncommand=a\\ b\n  "+
		"c\nautorestart=unexpected\nstdout_logfile_maxbytes=0\n[eventlistener:e]\ncommand=x\n")
	f.Add(1, "processes: {a: &a {command: 'x', depends_on: {b: {condition: process_completed}}}, b: {<<: *a, "+
		"depends_on: null}}\n")
	f.Add(1, "processes:\n  a:\n    entrypoint: [x, \"${Y}\", \"$$\"]\n    liveness_probe: {exec: {command: y}, "+
		"period_seconds: 0.1}\n    availability: {restart: always, backoff_seconds: 90}\n")
	f.Add(2, "web: run ${PORT}\n# c\nrelease: x\n")
	f.Fuzz(func(t *testing.T, format int, text string) {
		formats := Formats()
		c, err := From(formats[uint(format)%uint(len(formats))], text, "/none/file", "/none/ammar.toml")
		if err != nil {
			return
		}
		t.Setenv("HOME", "/root")
		config, err := configs.Decode([]byte(c.Text), "/none/ammar.toml", "/root")
		if err != nil && !justified(err) && !strings.Contains(strings.ReplaceAll(c.Text, "$${", ""),
			"${") { // whose variables are not those of this test
			t.Errorf("%v\n%s", err, c.Text)
		}
		if err == nil && len(config.Services) < strings.Count(c.Text, "\n[service.") {
			t.Errorf("%d services of\n%s", len(config.Services), c.Text)
		}
	})
}

// justified tells whether an error is the other file's own. Such an error names
// something that only a person can fix, for example processes that wait for each
// other.
func justified(err error) bool {
	for _, own := range []string{"these wait for each other", "one of them would be called"} {
		if strings.Contains(err.Error(), own) {
			return true
		}
	}
	return false
}
