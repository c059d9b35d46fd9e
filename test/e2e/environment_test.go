//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestAServiceRunsInTheSurroundingsThatItsConfigurationSays(t *testing.T) {
	r := newRig(t, `
[service.x]
exec = ["sh", "-c", """
echo greeting $GREETING
echo over $OVER
echo threads $GOMAXPROCS
echo umask $(umask)
echo nice $(nice)
echo files $(ulimit -n)
echo cpus $(grep Cpus_allowed_list /proc/self/status)
test "$TOKEN" = "$(cat token)" && test "$PIN" = "$(cat ../credentials/pin)" && echo knows
env | grep -c AMMAR_SETTINGS
exec sleep 1000
"""]
port = -1
env = { OVER = "${WORD:-env}" }
env_file = ["one.env", "two.env"]
secrets = { TOKEN = "./token", PIN = "pin" }
umask = "027"
limits = { threads = 3, nice = 5, open_files = 99, cpus = "0" }
`)
	r.write("work/one.env", "GREETING=one\nOVER=file\n")
	r.write("work/two.env", "GREETING='two words'\n")
	r.write("work/token", "hush hush\n")
	r.write("credentials/pin", "1234")
	r.env = append(r.env, "CREDENTIALS_DIRECTORY="+filepath.Join(r.dir, "credentials"))
	r.must(0, "up", "-d")
	said := ""
	eventually(t, 30*time.Second, "it has said what it found", func() (bool, string) {
		said = r.must(0, "logs", "x").stdout
		return strings.Contains(said, "knows\n") && strings.Contains(said, " 0\n"), said
	})
	for _, want := range []string{"greeting two words", "over env", "threads 3", "umask 0027", "nice 5", "files 99",
		"Cpus_allowed_list: 0\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	pid := r.ps()["x"].PID
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	for where, text := range map[string]string{
		"its command line": string(line), "ps": r.must(0, "ps", "--json").stdout, "info": r.must(0, "info", "--json").stdout,
		"the log": said,
	} {
		if strings.Contains(text, "hush") || strings.Contains(text, "1234") || err != nil {
			t.Errorf("%s shows a secret: %s (%v)", where, text, err)
		}
	}
	_ = filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(path, "/token") {
			if text, _ := os.ReadFile(path); strings.Contains(string(text), "hush") {
				t.Errorf("%s holds a secret", path)
			}
		}
		return nil
	})
}

func TestASecretThatIsMissingIsNamed(t *testing.T) {
	r := newRig(t, `
[service.x]
exec = ["sleep", "1000"]
port = -1
secrets = { TOKEN = "token" }
`)
	_, _ = r.run("up", "-d")
	s := r.waitState("x", api.Failing, 30*time.Second)
	if !strings.Contains(s.Reason, "TOKEN") || !strings.Contains(s.Reason, "CREDENTIALS_DIRECTORY") {
		t.Errorf("the reason is %q", s.Reason)
	}
}

func TestAServiceIsAnotherUsersWhenRootSaysSo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may start a service as somebody else")
	}
	r := newRig(t, `
[service.x]
exec = ["sh", "-c", "id -un; id -Gn; cd; pwd; exec sleep 1000"]
port = -1
dir = "/"
user = "nobody"
`)
	r.must(0, "up", "-d")
	eventually(t, 30*time.Second, "it is nobody", func() (bool, string) {
		said := r.must(0, "logs", "x").stdout
		return strings.Contains(said, "nobody\n") && strings.Contains(said, "nogroup\n"), said
	})
}

func TestAServiceWithTooMuchMemoryIsStartedAgain(t *testing.T) {
	need(t, "python3")
	r := newRig(t, `
[service.eater]
exec = ["python3", "-c", "import time; x = bytearray(b'x' * (80 << 20)); time.sleep(1000)"]
port = -1
restart = { policy = "always", delay = "1s" }
limits = { memory = "40MiB", cpu = 0.9 }
`)
	r.must(0, "up", "-d")
	eventually(t, 20*time.Second, "it is started again, with a reason", func() (bool, string) {
		out := r.must(0, "logs", "eater").stdout
		said := strings.Contains(out, "limits.memory is 40") || strings.Contains(out, "more memory than limits.memory, 40")
		return said && r.ps()["eater"].Restarts > 0, out
	})
}
