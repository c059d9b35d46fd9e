package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func unmarshal(t *testing.T, text string, to any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), to); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, text)
	}
}

func TestAServiceThatExitsAtOnceEndsInFailedWithItsReason(t *testing.T) {
	r := newRig(t, fmt.Sprintf(`[service.broken]
exec = [%q, "exit", "3"]
port = %d
restart = { delay = "10ms", max_delay = "20ms", limit = 3, window = "1m" }
`, built.Path("faulty"), porttest.Free(t, 1)[0]))
	r.must(1, "up", "-d")
	s := r.waitState("broken", api.Failed, 5*time.Second)
	if s.LastExit == nil || s.LastExit.Code != 3 {
		t.Errorf("last exit %+v, want code 3", s.LastExit)
	}
	if s.LastExit != nil && !strings.Contains(strings.Join(s.LastExit.Lines, "\n"), "faulty: exiting with 3") {
		t.Errorf("its last lines are not shown: %q", s.LastExit.Lines)
	}
	if !strings.Contains(s.Reason, "exit status 3") {
		t.Errorf("the reason does not say how it ended: %q", s.Reason)
	}
	if text := r.must(0, "ps").stdout; !strings.Contains(text, "failed") || !strings.Contains(text, "exit status 3") {
		t.Errorf("ps does not show it:\n%s", text)
	}
	// Pressing start again is always possible, and says how it went.
	res := r.must(1, "start", "broken")
	if !strings.Contains(res.stderr, "exit status 3") {
		t.Errorf("start says only: %s", res.stderr)
	}
}

func TestAServiceThatIgnoresSIGTERMIsGoneAfterItsStopTimeout(t *testing.T) {
	r := newRig(t, fmt.Sprintf(`[service.stubborn]
exec = [%q, "ignore-term"]
port = -1
stop_timeout = "300ms"
`, built.Path("faulty")))
	r.must(0, "up", "-d")
	before := r.waitState("stubborn", api.Ready, 5*time.Second)
	r.must(0, "stop", "stubborn")
	if alive(before.PID) {
		t.Errorf("process %d survived", before.PID)
	}
	s := r.ps()["stubborn"]
	if s.State != api.Stopped || s.LastExit == nil || s.LastExit.Signal != "killed" {
		t.Errorf("after stop: %+v", s)
	}
}

func TestABadConfigurationChangesNothing(t *testing.T) {
	toml, _ := three(t)
	r := newRig(t, toml)
	r.must(0, "up", "-d")
	before := r.waitState("files", api.Ready, 5*time.Second)

	bad := r.write("work/bad.toml", "[service.files]\nport = 8080\nwrokers = 3\n")
	for _, args := range [][]string{{"check", bad}, {"up", "-d", "-c", bad, "--instance", "other"}, {"up", "-c", bad}} {
		res := r.must(1, args...)
		if !regexp.MustCompile(`bad\.toml:3:1: unknown key "wrokers" in \[service\.files\].*did you mean "?workers"?\?`).MatchString(res.stderr) {
			t.Errorf("ammarctl %s says:\n%s", strings.Join(args, " "), res.stderr)
		}
	}
	if after := r.ps()["files"]; after.PID != before.PID || after.State != api.Ready {
		t.Errorf("the running instance was touched: pid %d then %d, %s", before.PID, after.PID, after.State)
	}
}

func TestATakenPortIsExplainedAndTheOthersRun(t *testing.T) {
	toml, p := three(t)
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	r := newRig(t, toml)
	_, _ = r.run("up", "-d")
	r.waitState("camera", api.Ready, 5*time.Second)
	r.waitState("status", api.Ready, 5*time.Second)
	s := r.ps()["files"]
	want := fmt.Sprintf("port %d is in use", p[0])
	if s.State == api.Ready || !strings.Contains(s.Reason, want) {
		t.Fatalf("files is %s: %q, want %q", s.State, s.Reason, want)
	}
	if _, err := os.Stat("/proc/net/tcp"); err == nil && !strings.Contains(s.Reason, fmt.Sprint(os.Getpid())) {
		t.Errorf("the reason does not name this process (%d): %q", os.Getpid(), s.Reason)
	}
	taken.Close()
	r.must(0, "start", "files")
	r.waitState("files", api.Ready, 5*time.Second)
}

func TestExitCodesOfUnknownNamesAndWrongUsage(t *testing.T) {
	toml, _ := three(t)
	r := newRig(t, toml)
	r.must(4, "ps")
	r.must(4, "down")
	r.must(4, "restart", "files")
	r.must(2, "ps", "--wrong")
	r.must(2, "nonsense")
	r.must(0, "up", "-d")
	if res := r.must(3, "restart", "fiels"); !strings.Contains(res.stderr, "files") {
		t.Errorf("no suggestion: %s", res.stderr)
	}
	// A second one with the same name: nothing is started twice.
	if res := r.must(1, "up"); !regexp.MustCompile(`pid \d+`).MatchString(res.stderr) {
		t.Errorf("the second supervisor does not name the first: %s", res.stderr)
	}
	r.must(0, "up", "-d")
	if n := len(r.ps()); n != 3 {
		t.Errorf("%d services, want 3", n)
	}
}
