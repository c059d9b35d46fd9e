package configs

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testMachine has one file of variables, and no service may have a user.
func testMachine() machine {
	return machine{
		getenv: func(name string) string {
			return map[string]string{"PORT": "9000", "NAME": "world", "ON": "true"}[name]
		},
		read: func(path string) ([]byte, error) {
			if path == "/etc/x/.env" {
				return []byte("A=b\nhush hush"), nil
			}
			if path == "/etc/x/good.env" {
				return []byte("A=b"), nil
			}
			return nil, fs.ErrNotExist
		},
		user: func(name string) error { return errors.New("only root may") },
	}
}

func TestEnvironment(t *testing.T) {
	c, err := decode([]byte(`[service.x]
exec = ["./x", "--greet=${NAME}", "$${NAME} $NAME ${NONE:-a b}"]
port = "${PORT:-1}"
dir = "/srv/${NAME}"
pty = "${ON}"
env = { A = "${NONE:-}", B = "x${NAME}y" }
env_file = ["good.env"]
secrets = { KEY = "key", PEM = "./pem" }
umask = "027"
limits = { threads = 2, nice = 5, memory = "128MiB", open_files = 1024, cpus = "3,0-1,1", processes = 64, cpu = 0.5 }
logs = { size = "1MiB", age = "1h", total = "3MiB" }
metrics = "http://127.0.0.1:2019/metrics"
`), "/etc/x/ammar.toml", "/home/me", testMachine())
	if err != nil {
		t.Fatal(err)
	}
	s := c.Services[0]
	want := NewService("x", KindExec)
	want.Exec = []string{"./x", "--greet=world", "${NAME} $NAME a b"}
	want.Port, want.Dir, want.PTY, want.Umask = 9000, "/srv/world", true, 0o27
	want.Root = s.Root
	want.Env = map[string]string{"A": "", "B": "xworldy"}
	want.EnvFiles = []string{"/etc/x/good.env"}
	want.Secrets = map[string]string{"KEY": "key", "PEM": "/etc/x/pem"}
	want.Limits = Limits{Threads: 2, Nice: 5, Memory: 128 << 20, OpenFiles: 1024, CPUs: []int{0, 1, 3}, Processes: 64,
		CPU: 0.5}
	want.Logs = Logs{Size: 1 << 20, Age: time.Hour, Total: 3 << 20}
	want.Metrics = "http://127.0.0.1:2019/metrics"
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsOfTheEnvironment(t *testing.T) {
	for text, want := range map[string]string{
		`port = "${NONE}"`:                         `3:1: port: the variable NONE is empty or not set; set it, or write ${NONE:-default}`,
		`port = "${NAME}"`:                         `port: expected a port number from 1 to 65535 or "auto", got "world"`,
		`env = { A = "${}" }`:                      `3:9: expected ${NAME} or ${NAME:-default}`,
		`env_file = ["none"]`:                      `env_file: no such file /etc/x/none`,
		`env_file = [".env"]`:                      `env_file: /etc/x/.env: line 2: expected NAME=value`,
		`secrets = { "A=" = "x" }`:                 `3:13: secrets: expected the name`,
		`secrets = { A = 1 }`:                      `3:13: secrets.A: expected the path of a file`,
		`umask = "999"`:                            `umask: expected an octal number`,
		`umask = 22`:                               `umask: expected an octal number`,
		`user = "root"`:                            `3:1: user: only root may`,
		`metrics = "localhost:1"`:                  `metrics: expected a URL`,
		`limits = { memory = "1KiB" }`:             `limits.memory: expected a size of 1048576 bytes or more`,
		`limits = { memory = 5 }`:                  `limits.memory: expected a size in quotes`,
		`limits = { cpus = "3-1" }`:                `limits.cpus: expected processors from 0 to 1023`,
		`limits = { cpu = 0.0 }`:                   `limits.cpu: expected a number of cores`,
		`limits = { nice = 20 }`:                   `limits.nice: expected a number from -20 to 19`,
		`limits = { thread = 2 }`:                  `unknown key "thread" in [service.x.limits]; did you mean "threads"?`,
		`logs = { size = "1MiB", total = "1MiB" }`: `logs.total: expected total, 1048576 bytes, to be at least twice size`,
		`logs = { size = "60MiB" }`:                `logs.size: expected total`,
	} {
		_, err := decode([]byte("[service.x]\nexec = [\"x\"]\n"+text+"\n"), "/etc/x/ammar.toml", "/home/me", testMachine())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}
