//go:build linux

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func (r *rig) stateFile() string { return filepath.Join(r.stateDir(), "state.json") }

// record is the path of what is written down of a service's only process.
func (r *rig) record(service string) string {
	r.t.Helper()
	paths, _ := filepath.Glob(filepath.Join(r.runtimeDir(), service, "*.process"))
	if len(paths) != 1 {
		r.t.Fatalf("expected one record of %s, found %v", service, paths)
	}
	return paths[0]
}

func TestWhereverTheStateFileIsCutOffTheServicesAreAdoptedOnce(t *testing.T) {
	t.Parallel()
	r, _ := pair(t)
	web, worker := r.reaches("web", api.Ready), r.reaches("worker", api.Ready)
	var whole []byte
	eventually(t, patience, "the state is written", func() (err error) {
		whole, err = os.ReadFile(r.stateFile())
		return err
	})
	step := len(whole) / rounds(12, 200)
	for cut := 0; cut < len(whole); cut += max(step, 1) {
		r.beheaded()
		if err := os.WriteFile(r.stateFile(), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r.up()
		if now := r.reaches("web", api.Ready); now.PID != web.PID {
			t.Fatalf("cut at byte %d: web was pid %d, and is %d", cut, web.PID, now.PID)
		}
		r.kept(worker)
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
}

func TestADamagedOrForeignStateFileKillsNobody(t *testing.T) {
	t.Parallel()
	r, _ := pair(t)
	web := r.reaches("web", api.Ready)
	for _, text := range []string{
		"", "null", "[]", "42", "\x00\x00\x00\x00", strings.Repeat("{", 100_000),
		`{"version":99,"running":true,"services":{"web":{"pid":1}}}`,
		`{"version":1,"running":true,"services":{"../../etc":{}},"shares":[{"Name":"../x"}],"config":{"services":[{"Name":"a/b"}]}}`,
	} {
		r.beheaded()
		if err := os.WriteFile(r.stateFile(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.up()
		if now := r.reaches("web", api.Ready); now.PID != web.PID {
			t.Fatalf("%.60q: web was pid %d, and is %d", text, web.PID, now.PID)
		}
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
}

func TestANumberThatIsAStrangersByNowIsLeftAlone(t *testing.T) {
	t.Parallel()
	r, _ := pair(t)
	stranger := exec.Command(built.Path("child"))
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	identity := regexp.MustCompile(`(?m)^(\d+) (\d+)$`)
	for _, forged := range []string{
		fmt.Sprintf("%d $2", stranger.Process.Pid), // the number was given again
		fmt.Sprintf("%d 0", stranger.Process.Pid),
		"1 $2", "-1 $2", "0 0", "99999999999 1",
	} {
		web := r.reaches("web", api.Ready)
		r.beheaded()
		r.kill(web.PID)
		path := r.record("web")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, identity.ReplaceAll(text, []byte(forged)), 0o600); err != nil {
			t.Fatal(err)
		}
		r.up()
		r.replaced("web", web.PID)
		r.must(0, "restart", "web")
		r.must(0, "stop", "web")
		r.must(0, "start", "web")
		if !alive(stranger.Process.Pid) {
			t.Fatalf("a stranger was killed by a record of %q", forged)
		}
	}
	eventually(t, patience, "each service has its one process", func() error { return r.daemonless(1) })
}

// The clock of the machine is everybody's: what a jump leaves behind is written
// into the record instead.
func TestAClockThatJumpedRestartsNobodyWhenItIsAdopted(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", -1, `max_runtime = "1h"`, "ready"))
	r.up()
	web := r.reaches("web", api.Ready)
	moment := regexp.MustCompile(`"time":"[^"]*"`)
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 365 * 24 * time.Hour, -365 * 24 * time.Hour} {
		r.beheaded()
		path := r.record("web")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		jumped := moment.ReplaceAll(text, []byte(`"time":"`+time.Now().Add(jump).Format(time.RFC3339Nano)+`"`))
		if err := os.WriteFile(path, jumped, 0o600); err != nil {
			t.Fatal(err)
		}
		r.up()
		now := r.reaches("web", api.Ready)
		if now.PID != web.PID || now.Restarts != 0 {
			t.Errorf("a jump by %s: web was pid %d, and is %d", jump, web.PID, now.PID)
		}
		if now.UptimeSeconds < 0 || now.UptimeSeconds > 60 {
			t.Errorf("a jump by %s: web is said to have been up for %.0fs", jump, now.UptimeSeconds)
		}
	}
}

func TestAConfigurationThatIsHalfWrittenChangesNothing(t *testing.T) {
	t.Parallel()
	port := porttest.Free(t, 1)[0]
	whole := service("web", port, "", "serve") + service("worker", -1, `after = ["web"]`, "daemon", "ready")
	r := newRig(t, whole)
	r.up()
	web, worker := r.reaches("web", api.Ready), r.reaches("worker", api.Ready)
	refused := 0
	for cut := 1; cut < len(whole); cut += max(1, len(whole)/rounds(15, 60)) {
		r.configure(whole[:cut])
		if res, err := r.try("check"); err != nil || res.code == 0 {
			continue // by chance it is a configuration
		}
		refused++
		if res := r.must(1, "reload"); !strings.Contains(res.stderr, "ammar.toml:") {
			t.Errorf("cut at byte %d: no place is named: %s", cut, res.stderr)
		}
		r.kept(web)
		r.kept(worker)
	}
	if refused < 5 {
		t.Errorf("only %d were refused", refused)
	}
	// With the file in that state, the supervisor is killed.
	r.configure(whole[:len(whole)/3])
	pid := r.info().SupervisorPID
	r.kill(pid)
	r.taken(pid)
	r.kept(web)
	r.kept(worker)
	r.configure(whole)
	r.must(0, "reload")
	r.kept(web)
	r.kept(worker)
}
